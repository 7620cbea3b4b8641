/** A line of the archive: the delivery in the shape that the config names. */
import { encodingBy } from '../encoding.ts';
import type { Encoding } from '../port.ts';
import { type Shape, writeShape } from '../shapes.ts';
import type { ArchiveConfig } from './config.ts';

/** JSON, which never holds a line break, and the line's end: so blocks of lines can stand one behind the other. */
export function archiveLines(_config: ArchiveConfig, shape: Shape): Encoding {
  return encodingBy(
    { kind: 'archive', shape },
    (settings) => (delivery, writer) => {
      writeShape(settings.shape, delivery, writer);
      writer.text('\n');
    },
    { separator: '' },
  );
}
