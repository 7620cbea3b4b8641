import { numberOf, type Sink } from '../../lab/memory/sink.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../../src/destinations/errors.ts';

/** Lets a sink fail in one of the ways that destinations do; `none` mends it. */
export function misbehave(sink: Sink, fault: string): void {
  let turn = 0;
  sink.behave = (batch) => {
    turn++;
    if (fault === 'flaky' && turn % 2 === 0) throw new RetryableError('server_error', 'busy');
    if (fault === 'down') throw new DestinationRefusedError('not_authorized', 'no');
    if (fault === 'refuses 7' && batch.items.some((item) => numberOf(item) === 7)) {
      throw new RowsRefusedError('rows_refused', 'no');
    }
    if (fault === 'lost replies' && turn % 3 === 0) {
      sink.batches.push(batch);
      throw new RetryableError('connection_lost', 'reset');
    }
  };
}
