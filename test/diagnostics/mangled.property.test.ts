// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
/** Files mangled at random: no reader throws, and whatever is said stands in the file and is said in the one voice. */
import fc from 'fast-check';
import { describe, it } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { runs } from '../support/runs.ts';
import { expectTheVoice } from './expect-voice.ts';
import { KINDS, type Kind, type KindName } from './kinds.ts';

const PIECES = [
  '', ' ', '\n', '\r\n', '\t', ':', ': ', '- ', '? ', '#', ',', '[', ']', '{', '}', '"', "'", '|', '>', '*a', '&a ',
  '!x ', '---\n', '...\n', '%YAML 1.1\n---\n', '<<: *a', '__proto__: 1', '~', '1e999', '0x1', 'true', '2020-01-01',
  '${X}', '$', '\u0000', '\ufeff', '\u2028', '\ud800', '\u{1f600}', 'constructor', 'null: null', '? [a]\n: b\n',
] as const; // biome-ignore format: one list

/** What is put at a place, as a part of the file's length, and how much it replaces. */
const cut = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.oneof(fc.constant(0), fc.nat(12)),
  piece: fc.constantFrom(...PIECES),
});

function mangled(good: string, cuts: readonly { at: number; length: number; piece: string }[]): string {
  return cuts.reduce((text, { at, length, piece }) => {
    const from = Math.floor(at * text.length);
    return text.slice(0, from) + piece + text.slice(from + length);
  }, good);
}

function expectInFile(text: string, { span, message }: Diagnostic): void {
  const lines = text.split('\n');
  const line = lines[span.line - 1];
  if (line === undefined || span.column < 1 || span.column + span.length > line.length + 2) {
    throw new Error(`${span.line}:${span.column}+${span.length} is outside the file: ${message}`);
  }
}

describe.each(Object.keys(KINDS) as KindName[])('%s', (name) => {
  const kind: Kind = KINDS[name];

  it('survives any mangling', () => {
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 4 }), (cuts) => {
        const text = mangled(kind.good, cuts);
        const diagnostics = kind.find(text);
        expectTheVoice(diagnostics);
        for (const diagnostic of diagnostics) expectInFile(text, diagnostic);
      }),
      { numRuns: runs(50), interruptAfterTimeLimit: 5_000, markInterruptAsFailure: false },
    );
  });
});
