/** Converts between offsets of a text and the positions that editors use: line and UTF-16 unit, both from 0. */
import type { Span } from '../../diagnostics/diagnostic.ts';

/** A place in a text. Both count from 0; `character` counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly character: number;
}

/** From `start` up to, and without, `end`. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** A text with the beginnings of its lines, which end as editors end them: with `\n`, `\r\n`, or a `\r` alone. */
export class PositionedText {
  readonly text: string;
  /** The offset of each line's first character, by the editor's count. */
  readonly #starts: number[] = [0];
  /** The same by the count of diagnostics, for which `\r` alone ends no line; absent if the counts are equal. */
  #diagnosticStarts: number[] | undefined;

  constructor(text: string) {
    this.text = text;
    let hasLoneReturn = false;
    for (let at = 0; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === 0x0a) this.#starts.push(at + 1);
      else if (unit === 0x0d && text.charCodeAt(at + 1) !== 0x0a) {
        hasLoneReturn = true;
        this.#starts.push(at + 1);
      }
    }
    if (hasLoneReturn) {
      this.#diagnosticStarts = [0];
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
        this.#diagnosticStarts.push(at + 1);
      }
    }
  }

  /** The offset of a position, cut at the end of its line and of the text. */
  offsetAt({ line, character }: Position): number {
    if (line >= this.#starts.length) return this.text.length;
    const start = this.#starts[Math.max(0, line)] ?? 0;
    return Math.min(start + Math.max(0, character), this.#endOf(line));
  }

  /** The position of an offset between 0 and the length of the text. */
  positionAt(offset: number): Position {
    let [low, high] = [0, this.#starts.length];
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return {
      line: low,
      character: Math.max(0, Math.min(offset, this.text.length) - (this.#starts[low] ?? 0)),
    };
  }

  rangeBetween(from: number, to: number): Range {
    return { start: this.positionAt(from), end: this.positionAt(to) };
  }

  /** The offsets of the place of a diagnostic. */
  offsetsOf({ line, column, length }: Span): readonly [from: number, to: number] {
    const starts = this.#diagnosticStarts ?? this.#starts;
    const from = Math.min((starts[line - 1] ?? this.text.length) + column - 1, this.text.length);
    return [from, Math.min(from + length, this.text.length)];
  }

  /** The place of a diagnostic. */
  rangeOf(span: Span): Range {
    return this.rangeBetween(...this.offsetsOf(span));
  }

  #endOf(line: number): number {
    const next = this.#starts[line + 1];
    if (next === undefined) return this.text.length;
    const before = this.text.charCodeAt(next - 2);
    return next - (this.text.charCodeAt(next - 1) === 0x0a && before === 0x0d ? 2 : 1);
  }
}
