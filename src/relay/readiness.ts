/** The checks of /readyz: whether this process can work. */
import type { RelayPorts } from './ports.ts';
import { anyAnswers } from './source/sources.ts';

/** The checks by the names that the response shows. Each resolves if what it checks responds, and rejects otherwise. */
export function readinessChecks({
  queue,
  sources,
  stateVersion,
}: Pick<RelayPorts, 'queue' | 'sources' | 'stateVersion'>): Readonly<
  Record<string, (signal: AbortSignal) => Promise<void>>
> {
  return {
    async queue(signal) {
      await queue.depth(signal);
    },
    /** A state that a newer version has written is of no use to this process. */
    state: () => stateVersion.mayRead(),
    async containers(signal) {
      // With several sources, one that responds is enough: this process can work, and accepts the notifications of all sources.
      await anyAnswers(sources, signal);
    },
  };
}
