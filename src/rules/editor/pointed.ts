/** The word that the pointer is on: a key, a modifier, a whole value. */
import { valueAt } from '../../diagnostics/path.ts';
import { type EditedFile, MOST_CHARACTERS, type Place, placeAt } from './document.ts';
import { unquoted } from './flow.ts';
import { type Reference, referenceAt } from './references.ts';

/** What the pointer is on. */
export interface Pointed {
  readonly place: Place;
  readonly role: 'key' | 'value';
  /** A key without modifiers, a modifier, or the whole value as the file's data has it. */
  readonly word: string;
  readonly isModifier: boolean;
  /** What the word refers to, for values in detections. */
  readonly reference: Reference | undefined;
  readonly from: number;
  readonly to: number;
}

/** A line is looked at as far as this from the pointer. */
const FAR = 1_000;

/** Undefined between words, in comments and block scalars. */
export function pointedAt(file: EditedFile, offset: number): Pointed | undefined {
  const { text } = file;
  if (text.length > MOST_CHARACTERS) return undefined;
  const place = placeAt(file, offset);
  if (!place) return undefined;
  const { cursor } = place;
  const start = cursor.from;
  if (offset - start > FAR) return undefined;
  const whole = wordFrom(text, start, cursor.quote);
  const end = start + whole.length;
  if (whole === '' || offset > end) return undefined;
  const behind = text.slice(end + (cursor.quote ? 1 : 0), end + 80);
  const isKey = cursor.role === 'key' || (cursor.role === 'either' && /^\s*:(?=\s|$)/.test(behind));
  if (isKey) return pointedKey(place, whole, offset);
  const found = valueAt(place.data, cursor.path);
  const word = typeof found === 'string' || typeof found === 'number' ? String(found) : unquoted(whole);
  const value: Place = { ...place, cursor: { ...cursor, role: 'value' } };
  return {
    place: value,
    role: 'value',
    word,
    isModifier: false,
    reference: referenceAt(file.kind, value),
    from: start,
    to: end,
  };
}

function pointedKey(place: Place, whole: string, offset: number): Pointed {
  const { from } = place.cursor;
  const isField = place.inDetection !== undefined && place.inDetection.length > 0;
  const at = offset - from;
  const before = isField ? whole.lastIndexOf('|', at - 1) + 1 : 0;
  const next = isField ? whole.indexOf('|', Math.max(at, before)) : -1;
  const word = whole.slice(before, next < 0 ? whole.length : next);
  const key: Place = { ...place, cursor: { ...place.cursor, role: 'key' } };
  return {
    place: key,
    role: 'key',
    word,
    isModifier: before > 0,
    reference: undefined,
    from: from + before,
    to: from + before + word.length,
  };
}

/** The scalar that begins at an offset, up to its end on the line. */
function wordFrom(text: string, start: number, quote: string | undefined): string {
  const line = text.slice(start, start + 2 * FAR).split(/[\r\n]/, 1)[0] ?? '';
  if (quote === '"') return /^(?:[^"\\]|\\.)*/.exec(line)?.[0] ?? '';
  if (quote === "'") return /^(?:[^']|'')*/.exec(line)?.[0] ?? '';
  const plain = line.split(/:(?=\s|$)|,(?=\s|$)|\s#|[\]}]/, 1)[0] ?? '';
  return plain.trimEnd();
}
