/** Finds where a value is written in JSON, for messages: JSON.parse keeps no places. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { Path } from '../../diagnostics/path.ts';
import { placeIn } from './text-places.ts';

/** The place of a value in JSON that JSON.parse has accepted; of the last step that is there where the whole path is not. */
export function jsonPlace(text: string, path: Path): Span {
  const reader = new JsonWalker(text);
  reader.space();
  for (const step of path) if (!reader.enter(step)) break;
  const start = reader.at;
  reader.skipValue();
  return placeIn(text, start, reader.at - start);
}

class JsonWalker {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  space(): void {
    while (/\s/.test(this.#text[this.at] ?? 'x')) this.at += 1;
  }

  /** Goes from a list or a mapping to one of its values. False, and stays, if it has no such value. */
  enter(step: PropertyKey): boolean {
    const begin = this.at;
    const isList = this.#text[begin] === '[';
    if (!isList && this.#text[begin] !== '{') return false;
    this.at += 1;
    this.space();
    for (let index = 0; !this.#isClosing(); index += 1) {
      const key = isList ? index : this.#key();
      if (key === (isList ? step : String(step))) return true;
      this.skipValue();
      this.space();
      if (this.#text[this.at] === ',') this.at += 1;
      this.space();
    }
    this.at = begin;
    return false;
  }

  /** Passes a value, however deep it is. */
  skipValue(): void {
    let depth = 0;
    do {
      const first = this.#text[this.at];
      if (first === '"') this.#skipString();
      else {
        if (first === '[' || first === '{') depth += 1;
        if (first === ']' || first === '}') depth -= 1;
        this.at += 1;
        if (depth === 0) while (/[\w.+-]/.test(this.#text[this.at] ?? '')) this.at += 1;
      }
    } while (depth > 0 && this.at < this.#text.length);
  }

  #key(): string {
    const start = this.at;
    this.#skipString();
    const key: unknown = JSON.parse(this.#text.slice(start, this.at));
    this.space();
    this.at += 1;
    this.space();
    return String(key);
  }

  #skipString(): void {
    this.at += 1;
    while (this.at < this.#text.length && this.#text[this.at] !== '"') {
      this.at += this.#text[this.at] === '\\' ? 2 : 1;
    }
    this.at += 1;
  }

  #isClosing(): boolean {
    const first = this.#text[this.at];
    return first === ']' || first === '}' || first === undefined;
  }
}
