/** A line of a file: the delivery in the shape that the config names. */
import type { Encode } from '../descriptor.ts';
import { type Shape, shapeText } from '../shapes.ts';
import type { FileConfig } from './config.ts';

/** JSON, which never holds a line break. */
export function fileLine(_config: FileConfig, shape: Shape): Encode {
  return (delivery) => shapeText(shape, delivery);
}
