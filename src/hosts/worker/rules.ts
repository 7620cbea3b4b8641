/** The rules of the Worker: bundled with it, or in a container. */
import { rules as bundled } from 'xdr-relay-files';
import type { BlobStore } from '../../blobs/port.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { ruleFileOf } from '../../databases/stored-file.ts';
import type { HostServices } from '../../relay/ports.ts';
import { createLiveRules } from '../../relay/rule-sets/create-live-rules.ts';
import type { LiveRules } from '../../relay/rule-sets/live-rules.ts';
import { RuleContainerError, readRuleContainer } from '../../relay/rule-sets/rule-container.ts';
import type { List } from '../../rules/lists/list.ts';
import { MOST_WORKER_LIST_BYTES } from '../../rules/lists/list-files.ts';
import type { RuleSet } from '../../rules/ruleset.ts';
import { loggedError } from '../../shared/errors.ts';

/** What a look at the container of rules needs of an invocation. */
export interface RulePorts {
  /** The account the state lies in. */
  readonly stateBlobs: BlobStore;
  readonly documents: StateDocuments;
}

/** The rules of an isolate: those of the bundle, or those of a container, looked at again now and then. */
export interface WorkerRules {
  /** Throws RulesError, RulesEmptiedError, RuleContainerError, RulesHeldError, CheckpointError and BlobError while none can be used, the last good ones included. */
  current(ports: RulePorts): Promise<RuleSet>;
}

export interface WorkerRulesDeps extends HostServices {
  /** Rules with errors stop the Worker, although there are last good ones. */
  readonly strict: boolean;
  /** The list of devices of the isolate. */
  readonly devices?: List;
}

export function workerRules(config: RelayConfig, deps: WorkerRulesDeps): WorkerRules {
  const container = config.transforms_container;
  return container === undefined ? bundledRules(config, deps) : containerRules(config, container, deps);
}

/** All isolates tell of themselves as one. */
export const WORKER_RULES = { kind: 'worker' } as const;

function bundledRules(config: RelayConfig, deps: WorkerRulesDeps): WorkerRules {
  const timed = Object.entries(config.list_feeds).flatMap(([list, { every }]) => (every ? list : []));
  if (timed.length > 0) {
    deps.logger.warn(
      'No feed of a list is pulled: the lists are bundled with the Worker, and "every" needs "transforms_container"',
      { lists: timed.join(', ') },
    );
  }
  let live: LiveRules | undefined;
  return {
    async current({ documents }) {
      live ??= createLiveRules(config, WORKER_RULES, { ...deps, documents });
      if (!live.hasRules) await live.offer(bundled.map(ruleFileOf), documents);
      await live.tell(documents);
      return live.current();
    },
  };
}

function containerRules(config: RelayConfig, container: string, deps: WorkerRulesDeps): WorkerRules {
  const { clock, logger } = deps;
  let live: LiveRules | undefined;
  let signature: string | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    async current({ stateBlobs, documents }) {
      const now = clock.now();
      live ??= createLiveRules(config, WORKER_RULES, { ...deps, documents });
      if (live.hasRules) {
        // Told through this invocation's documents: requests belong to the invocation they are made in.
        await live.tell(documents);
        if (now - lookedAt < config.transforms_poll) return live.current();
      }
      lookedAt = now;
      try {
        const found = await readRuleContainer(stateBlobs, container, signature, {
          mostListBytes: MOST_WORKER_LIST_BYTES,
        });
        if (found) await live.offer(found.files, documents);
        signature = found?.signature ?? signature;
      } catch (error) {
        if (error instanceof RuleContainerError) {
          // The files that were there before mend it, too.
          signature = undefined;
          await live.refuse(error, documents);
        } else if (!live.hasRules) throw error;
        else logger.warn('The rules cannot be read; the old ones stay in force', { ...loggedError(error) });
      }
      return live.current();
    },
  };
}
