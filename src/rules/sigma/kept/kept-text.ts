/** Writes what is kept of compiled rules as one text, and reads it if it is whole and of the same code. */
import { sha256OfAll } from '../../../shared/digest.ts';
import { asciiJson } from './ascii-json.ts';
import { type KeptDetections, type KeptEntry, lengthOfEntry } from './entry.ts';

/** The first line. The second one names the code that wrote the text, the third one is the SHA-256 of all that follows. */
const MARK = 'xdr-relay kept rules 1';
/** The longest text, in characters. Rules beyond it are left out. */
export const LONGEST_KEPT_TEXT = 64 * 1024 * 1024;
/** What is left for the first lines, and for the line of an entry. */
const ROOM = 8_192;

/** Why a text is not used. */
export type RefusalOfText = 'other_form' | 'other_version' | 'damaged';

/** A text that {@link keptText} has not written so, or that other code has written. */
export class RefusedTextError extends Error {
  readonly reason: RefusalOfText;

  constructor(message: string, reason: RefusalOfText) {
    super(message);
    this.reason = reason;
  }
}

/** A text of ASCII: the environment, and for each file a line with its path, its digest and how many bodies it has, its head, and its bodies. */
export function keptText({ environment, entries }: KeptDetections, build: string): string {
  const lines = [environment];
  let left = LONGEST_KEPT_TEXT - ROOM;
  for (const [path, entry] of entries) {
    const { digest, head, bodies } = entry;
    const first = asciiJson([path, digest, bodies.length]);
    left -= first.length + lengthOfEntry(entry) + bodies.length + 2;
    if (left < 0) break;
    lines.push(first, head, ...bodies);
  }
  const rest = lines.join('\n');
  return [MARK, build, sha256OfAll([rest]), rest].join('\n');
}

/** Throws {@link RefusedTextError}. */
export function readKeptText(text: string, build: string): KeptDetections {
  const lines = new Lines(text);
  if (lines.next() !== MARK) throw new RefusedTextError('it is of another form', 'other_form');
  if (lines.next() !== build) throw new RefusedTextError('another version has kept it', 'other_version');
  const digest = lines.next();
  if (sha256OfAll([lines.rest()]) !== digest) throw damaged();
  const environment = lines.next();
  const entries = new Map<string, KeptEntry>();
  while (!lines.isOver) {
    const [path, of, count] = firstOf(lines.next());
    const head = lines.next();
    const bodies: string[] = [];
    while (bodies.length < count) bodies.push(lines.next());
    entries.set(path, { digest: of, head, bodies });
  }
  return { environment, entries };
}

function damaged(): RefusedTextError {
  return new RefusedTextError('it is damaged', 'damaged');
}

/** The first line of an entry. */
function firstOf(line: string): readonly [path: string, digest: string, bodies: number] {
  let first: unknown;
  try {
    first = JSON.parse(line);
  } catch {
    throw damaged();
  }
  const [path, digest, bodies]: readonly unknown[] = Array.isArray(first) ? first : [];
  if (typeof path === 'string' && typeof digest === 'string' && typeof bodies === 'number')
    return [path, digest, bodies];
  throw damaged();
}

class Lines {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isOver(): boolean {
    return this.#at > this.#text.length;
  }

  rest(): string {
    return this.#text.slice(this.#at);
  }

  /** Throws {@link RefusedTextError} if there is none. */
  next(): string {
    if (this.isOver) throw damaged();
    const end = this.#text.indexOf('\n', this.#at);
    const line = this.#text.slice(this.#at, end < 0 ? undefined : end);
    this.#at = (end < 0 ? this.#text.length : end) + 1;
    return line;
  }
}
