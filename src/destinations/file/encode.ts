/** A line of a file: the delivery in the shape that the config names. */
import { encodingBy } from '../encoding.ts';
import type { Encoding } from '../port.ts';
import { type Shape, writeShape } from '../shapes.ts';
import type { FileConfig } from './config.ts';

/** JSON, which never holds a line break. */
export function fileLines(_config: FileConfig, shape: Shape): Encoding {
  return encodingBy(
    { kind: 'file', shape },
    (settings) => (delivery, writer) => writeShape(settings.shape, delivery, writer),
  );
}
