/** The progress bar of the commands that read rows. */
import type { Output } from '../../output.ts';
import { inBytes, shown } from './columns.ts';
import type { RowSource } from './rows.ts';

/** A bar over the bytes of all sources. A compressed source counts only once it is read, because the offsets of its rows are those of the decompressed bytes. */
export function rowsBar(sources: readonly RowSource[], out: Output) {
  const bar = out.progress('read', inBytes);
  bar.start(sources.reduce((sum, { length }) => sum + length, 0));
  let finished = 0;
  let shownBytes = 0;
  let next = 0;
  const reach = (bytes: number) => {
    bar.done(bytes - shownBytes);
    shownBytes = bytes;
  };
  return {
    at(source: RowSource, end: number, rows: number) {
      if (rows < next) return;
      next = rows + 1000;
      reach(finished + Math.min(end, source.length));
      bar.note(`${shown(rows)} rows`);
    },
    finished(source: RowSource) {
      finished += source.length;
      reach(finished);
    },
    stop: () => bar.stop(),
  };
}
