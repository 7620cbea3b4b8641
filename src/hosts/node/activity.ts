/** Has a process write what it does into the state, where relay.yaml has a console that shows it. */
import { hostname } from 'node:os';
import { MOST_LAST_REPLIES } from '../../destinations/last-replies.ts';
import { removeOldActivity } from '../../relay/activity/read.ts';
import { WRITE_MS, writeActivityRegularly } from '../../relay/activity/write.ts';
import { CaptureLooks } from '../../relay/capture/look.ts';
import { VERSION } from '../../shared/version.ts';
import { metricFamilies } from './metric-families.ts';
import type { NodeParts } from './parts.ts';
import { countedMetrics } from './process-metrics.ts';
import type { Replies } from './threads/messages.ts';
import type { Threads } from './threads/threads.ts';

/** How often a process removes what others wrote a day ago. Milliseconds. */
const TIDY_MS = 3_600_000;

/**
 * Writes until stopped, and once more then, for two seconds at most. Never rejects.
 *
 * @param consumes whether this process reads rows.
 */
export async function recordActivity(
  parts: NodeParts,
  { threadsNow, consumes }: { readonly threadsNow: () => Threads | undefined; readonly consumes: boolean },
  stop: AbortSignal,
): Promise<void> {
  const { config, ports, services, replies, capture } = parts;
  if (!config.console) return;
  const looks = new CaptureLooks();
  let looked = false;
  let tidyAt = Number.NEGATIVE_INFINITY;
  const sample = countedMetrics(parts, threadsNow);
  await writeActivityRegularly(
    { ...services, documents: ports.documents },
    { kind: 'process', host: `${hostname()}:${process.pid}`, version: VERSION, everyMs: WRITE_MS, consumes },
    {
      sample: async () => metricFamilies(await sample()),
      vitals: () => ({
        memoryBytes: process.memoryUsage.rss(),
        threads: config.limits.threads,
        replies: lastOf([...(replies ? [replies.all] : []), ...(threadsNow()?.replies() ?? [])]),
      }),
      async look(signal) {
        const now = services.clock.monotonic();
        if (now - tidyAt >= TIDY_MS) {
          tidyAt = now;
          await removeOldActivity(ports.documents, services.clock, signal);
        }
        // Where nobody may capture any more, what is left from before expires all the same.
        if (!capture && looked) return;
        const captures = await looks.look(ports.documents, services.clock, signal);
        looked = true;
        capture?.follow(captures);
        threadsNow()?.follow(captures);
      },
    },
    stop,
  );
}

/** The last replies over all threads. */
function lastOf(all: readonly Replies[]): Replies {
  const names = new Set(all.flatMap((one) => [...one.keys()]));
  return new Map(
    [...names].map((name) => [
      name,
      all
        .flatMap((one) => one.get(name) ?? [])
        .sort((a, b) => b.at - a.at)
        .slice(0, MOST_LAST_REPLIES),
    ]),
  );
}
