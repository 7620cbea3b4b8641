/** Events of a log that tells of changes under one key of the registry, which Defender has as changes of the registry. */
import type { Rendering, Texts } from './rendering.ts';

const NOTHING: Texts = [];

/** The event's id where one of the columns holds a key with this part in it, and nothing elsewhere. */
export function eventOfKey(id: string, part: string): Rendering {
  const wanted = part.toLowerCase();
  const event: Texts = [id];
  return {
    name: 'event of a key',
    all: event,
    compares: 'numbers',
    render: (columns) =>
      columns.some((texts) => texts.some((text) => text.toLowerCase().includes(wanted))) ? event : NOTHING,
  };
}
