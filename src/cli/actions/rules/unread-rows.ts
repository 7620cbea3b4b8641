/** Counts the rows of a source that cannot be read, and says of the first one where it is and what is wrong there. */
import type { RawRow } from '../../../blobs/rows/raw-row.ts';
import { increment } from '../../../shared/counts.ts';
import { RelayError } from '../../../shared/errors.ts';
import { jsonMistake } from '../../../shared/json-mistake.ts';
import { shown } from './columns.ts';
import type { ReadRow, RowSource } from './rows.ts';

/** The rows of one source that cannot be read. */
export interface UnreadRows {
  /** Takes a row that cannot be read, before the next row is asked for. */
  add(raw: RawRow, why: Extract<ReadRow['parsed'], { readonly ok: false }>): void;
  /**
   * `2 not_json, the first one at line 3, column 5: a comma or } must come here`; undefined without such a row. Reads the source again up to the
   * first one, and throws what reading throws.
   */
  text(): Promise<string | undefined>;
  /**
   * Throws a RelayError, `rows_unreadable`, where rows were there and none was read: a result of no rows would look as if the rules
   * matched nothing.
   */
  mustNotBeAll(read: number): Promise<void>;
}

/** Begins with a source. */
export function unreadRows(source: RowSource): UnreadRows {
  const reasons = new Map<string, number>();
  let first: Fault | undefined;
  const text = async () => {
    if (!first) return undefined;
    const counts = [...reasons].map(([reason, count]) => `${shown(count)} ${reason}`).join(', ');
    const { line, column } = await source.place(first.offset);
    return `${counts}, the first one at line ${line}, column ${column}: ${first.message}`;
  };
  return {
    add(raw, { reason, message }) {
      increment(reasons, reason);
      first ??= faultIn(raw, reason, message);
    },
    text,
    async mustNotBeAll(read) {
      if (read > 0 || !first) return;
      throw new RelayError('rows_unreadable', `${source.name}: no row in it can be read: ${await text()}`);
    },
  };
}

interface Fault {
  /** In bytes from the beginning of the source's content. */
  readonly offset: number;
  readonly message: string;
}

function faultIn(raw: RawRow, reason: string, message: string): Fault {
  const text = reason === 'not_json' ? raw.bytes.toString('utf8') : '';
  const mistake = text === '' ? undefined : jsonMistake(text);
  if (!mistake) return { offset: raw.offset, message };
  return { offset: raw.offset + Buffer.byteLength(text.slice(0, mistake.at)), message: mistake.message };
}
