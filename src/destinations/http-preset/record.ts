/** One delivery as the record that a preset describes. Runs on every host, and where there is none. */
import { ByteWriter } from '../../shared/byte-writer.ts';
import type { Delivery, Encoding } from '../port.ts';
import { type Shape, writeShape } from '../shapes.ts';
import { base64Of } from './base64.ts';
import { fieldOf, isEventField } from './event-fields.ts';
import { type JsonTemplate, piecesOf, placeholderAlone } from './json-template.ts';
import { type Part, partsOf, type Values } from './template.ts';

interface EventPiece {
  readonly filter: string | undefined;
}

type Put = (delivery: Delivery) => string | number | { readonly piece: EventPiece } | undefined;

/** Writes records by a checked template. @param values of the settings, none of which is a secret. */
export function recordWriter(template: JsonTemplate, values: Values, shape: Shape): Encoding['write'] {
  const scratch = new ByteWriter();
  const puts = new Map<string, Put>();
  const putOf = (text: string): Put => {
    const known = puts.get(text) ?? compiled(text, values);
    puts.set(text, known);
    return known;
  };
  return (delivery, writer) => {
    for (const piece of piecesOf(template, (text) => putOf(text)(delivery)) ?? ['{}']) {
      if (typeof piece === 'string') writer.text(piece);
      else if (piece.filter === undefined) writeShape(shape, delivery, writer);
      else {
        scratch.truncate(0);
        writeShape(shape, delivery, scratch);
        const json = scratch.peek();
        if (piece.filter === 'base64') writer.text(`"${base64Of(json)}"`);
        else writer.text(JSON.stringify(new TextDecoder().decode(json)));
      }
    }
  };
}

function compiled(text: string, values: Values): Put {
  const alone = placeholderAlone(text);
  if (alone?.name === 'event') return () => ({ piece: { filter: alone.filter } });
  const parts = (partsOf(text) ?? []).map((part) => filler(part, values));
  const [only] = parts;
  if (alone && only) return only;
  return (delivery) => {
    let whole = '';
    for (const part of parts) {
      const value = part(delivery);
      if (value === undefined) return undefined;
      whole += value;
    }
    return whole;
  };
}

function filler(part: Part, values: Values): (delivery: Delivery) => string | number | undefined {
  if (typeof part === 'string') return () => part;
  if (isEventField(part.name)) return fieldOf(part);
  const value = values.get(part.name);
  return () => value;
}
