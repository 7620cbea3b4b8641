/** What stands around and between the records of a request's body. Runs on every host, and where there is none. */
import { piecesOf } from './json-template.ts';
import type { Preset } from './preset.ts';
import { RECORDS_NAME } from './preset-checks.ts';
import { filled, type Values } from './template.ts';

export interface Frame {
  readonly before: string;
  /** ASCII. */
  readonly separator: string;
  readonly after: string;
}

const RECORDS = Symbol('records');

/** The frame of a checked preset's bodies. */
export function frameOf({ framing, object }: Preset['body'], values: Values): Frame {
  if (framing === 'lines') return { before: '', separator: '\n', after: '\n' };
  if (framing === 'array') return { before: '[', separator: ',', after: ']' };
  const pieces =
    piecesOf<typeof RECORDS>(object ?? '', (text) =>
      text === `{${RECORDS_NAME}}` ? { piece: RECORDS } : filled(text, values),
    ) ?? [];
  const at = pieces.indexOf(RECORDS);
  const textOf = (some: typeof pieces) => some.filter((piece) => typeof piece === 'string').join('');
  return {
    before: `${textOf(pieces.slice(0, at))}[`,
    separator: ',',
    after: `]${textOf(pieces.slice(at + 1))}`,
  };
}

/** The bytes of a frame with so many records in it. */
export function frameBytes({ before, separator, after }: Frame, records: number): number {
  return new TextEncoder().encode(before + after).length + separator.length * Math.max(0, records - 1);
}
