/** The rules of the Worker: bundled with it, or in a container. */
import { rules as bundled } from 'xdr-relay-files';
import type { BlobStore } from '../../blobs/port.ts';
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { RelayConfig } from '../../config/schema.ts';
import type { HostServices } from '../../relay/ports.ts';
import { createLiveRules, type LiveRules } from '../../relay/rule-sets/live-rules.ts';
import { readRuleContainer } from '../../relay/rule-sets/rule-container.ts';
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
  /** Throws RulesError, RuleContainerError and BlobError while there was no good set yet. */
  current(ports: RulePorts): Promise<RuleSet>;
}

export function workerRules(config: RelayConfig, services: HostServices): WorkerRules {
  const container = config.transforms_container;
  return container === undefined
    ? bundledRules(config, services)
    : containerRules(config, container, services);
}

/** All isolates tell of themselves as one. */
const HOST = { kind: 'worker' } as const;

function bundledRules(config: RelayConfig, services: HostServices): WorkerRules {
  let live: LiveRules | undefined;
  return {
    async current({ documents }) {
      if (!live) {
        const first = createLiveRules(config, HOST, { ...services, documents });
        await first.offer(bundled, documents);
        live = first;
      }
      await live.tell(documents);
      return live.current();
    },
  };
}

function containerRules(config: RelayConfig, container: string, services: HostServices): WorkerRules {
  const { clock, logger } = services;
  let live: LiveRules | undefined;
  let signature: string | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return {
    async current({ stateBlobs, documents }) {
      const now = clock.now();
      live ??= createLiveRules(config, HOST, { ...services, documents });
      if (signature !== undefined) {
        // Told through this invocation's documents: requests belong to the invocation they are made in.
        await live.tell(documents);
        if (now - lookedAt < config.transforms_poll) return live.current();
      }
      lookedAt = now;
      try {
        const found = await readRuleContainer(stateBlobs, container, signature);
        if (found) await live.offer(found.files, documents);
        signature = found?.signature ?? signature;
      } catch (error) {
        if (signature === undefined) throw error;
        logger.warn('The rules cannot be read; the old ones stay in force', {
          ...loggedError(error),
        });
      }
      return live.current();
    },
  };
}
