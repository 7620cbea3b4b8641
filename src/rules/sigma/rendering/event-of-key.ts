/** Renders the id of an event that reports changes under one registry key, from Defender's rows about the registry. */
import type { Rendering, Texts } from './rendering.ts';

const NOTHING: Texts = [];

/** Renders the event's id if one of the columns holds a key that contains this part, and nothing otherwise. */
export function eventOfKey(id: string, part: string): Rendering {
  const wanted = part.toLowerCase();
  const event: Texts = [id];
  return {
    name: 'event of a key',
    form: { kind: 'event-of-key', id, part },
    all: event,
    compares: 'numbers',
    render: (columns) =>
      columns.some((texts) => texts.some((text) => text.toLowerCase().includes(wanted))) ? event : NOTHING,
  };
}
