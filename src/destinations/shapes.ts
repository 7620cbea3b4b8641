/** The shapes in which a row can be sent to a machine: a closed list, with one place that gives the text of each. */
import type { Delivery } from './port.ts';

/** In the order of the documentation. */
export const SHAPES = ['raw', 'relay'] as const;

/** One of {@link SHAPES}: `shape` of a destination in relay.yaml. */
export type Shape = (typeof SHAPES)[number];

/** What each shape is, for the description of `shape`. A shape without a description does not compile. */
export const ABOUT_SHAPES: Readonly<Record<Shape, string>> = {
  raw: 'the Defender row unwrapped',
  relay: 'the envelope with id and source',
};

/** The JSON text of a delivery in a shape. A shape without a case of its own does not compile. */
export function shapeText(shape: Shape, delivery: Delivery): string {
  switch (shape) {
    case 'raw':
      return delivery.raw();
    case 'relay':
      return JSON.stringify(delivery.envelope);
    default:
      return unknownShape(shape);
  }
}

function unknownShape(shape: never): never {
  throw new TypeError(`no such shape: ${String(shape)}`);
}
