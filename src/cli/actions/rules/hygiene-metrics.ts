/** Reads the metrics that `rules hygiene --metrics` names: files, and addresses of `/metrics`. */
import { HitCounts } from '../../../rules/hygiene/hits.ts';
import { addMetrics } from '../../../rules/hygiene/read-metrics.ts';
import { systemClock } from '../../../shared/clock.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import { readAtMost } from '../../read-at-most.ts';

/** Far more than the metrics of a relay with all rules of SigmaHQ. Bytes. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Milliseconds from the start of a request to the last byte of its reply. */
const TIME_LIMIT = 30_000;

/** The sum of the counters of all processes that are named. Throws a RelayError `file_unreadable`. */
export async function readHits(sources: readonly string[], signal?: AbortSignal): Promise<HitCounts> {
  const hits = new HitCounts();
  for (const source of sources) {
    const text = await textOf(source, signal).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new RelayError('file_unreadable', `${shown(source)}: ${messageOf(cause)}`, { cause });
    });
    if (addMetrics(hits, text)) continue;
    const message = `${shown(source)}: no metrics of a relay that has read rows (xdr_relay_rows_total)`;
    throw new RelayError('file_unreadable', message);
  }
  return hits;
}

async function textOf(source: string, signal: AbortSignal | undefined): Promise<string> {
  if (/^https?:\/\//.test(source)) return await fetched(source, signal);
  return await readAtMost(source, MAX_BYTES, signal);
}

/** The address is the user's own, on a private network mostly. No redirect leads to another. */
async function fetched(url: string, signal: AbortSignal | undefined): Promise<string> {
  const limit = new AbortController();
  const cancel = systemClock.after(TIME_LIMIT, () => limit.abort(new Error(`no reply in ${TIME_LIMIT} ms`)));
  try {
    const signals = signal ? [signal, limit.signal] : [limit.signal];
    const reply = await fetch(url, { redirect: 'manual', signal: AbortSignal.any(signals) });
    if (reply.status !== 200) throw new Error(`the reply has status ${reply.status}`);
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of reply.body ?? []) {
      length += chunk.length;
      if (length > MAX_BYTES) throw new Error(`the reply is larger than ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    cancel();
  }
}

/** Without a password in the address. */
function shown(source: string): string {
  if (!URL.canParse(source) || !/^https?:/.test(source)) return source;
  const { origin, pathname } = new URL(source);
  return origin + pathname;
}
