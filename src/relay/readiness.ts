/** What /readyz looks at: whether this process could work. */
import type { RelayPorts } from './ports.ts';
import { anyAnswers } from './source/sources.ts';

/** By name, as the response shows them. Each resolves if what it checks answers, and rejects otherwise. */
export function readinessChecks({
  queue,
  sources,
}: Pick<RelayPorts, 'queue' | 'sources'>): Readonly<Record<string, (signal: AbortSignal) => Promise<void>>> {
  return {
    async queue() {
      await queue.depth();
    },
    async containers(signal) {
      // With several sources one is enough: this process can work, and takes the notifications of all.
      await anyAnswers(sources, signal);
    },
  };
}
