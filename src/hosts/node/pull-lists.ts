/** Pulls list feeds in a process: into the container that all consumers read, or into the process's own folder. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { redact } from '../../config/redact.ts';
import { ruleFolders } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { secretValues } from '../../config/secrets.ts';
import type { ListStore } from '../../relay/list-feeds/pull.ts';
import { pullRegularly } from '../../relay/list-feeds/scheduled.ts';
import { folderTurns, type PullTurns, sharedTurns } from '../../relay/list-feeds/turns.ts';
import { LISTS_FOLDER } from '../../rules/lists/list-files.ts';
import { foreignCodeOf } from '../../shared/errors.ts';
import { containerListStore } from '../list-container.ts';
import { nodeCredentials } from './credential.ts';
import { nodeHttpClient } from './http.ts';
import { folderListStore } from './list-folder.ts';
import type { NodeParts } from './parts.ts';

/** Where the lists of a relay.yaml are written. @param directory the folder of relay.yaml. */
export function listStoreOf(config: RelayConfig, directory: string): ListStore {
  const { transforms_container: container } = config;
  if (container !== undefined) return containerListStore(config, container, nodeCredentials);
  return folderListStore(foldersOf(config, directory));
}

/** Pulls the feeds that have an interval, until stopped. Never rejects. @param current the relay.yaml in force. */
export async function pullListsRegularly(
  parts: Pick<NodeParts, 'config' | 'directory' | 'ports' | 'services'>,
  current: () => RelayConfig,
  stop: AbortSignal,
): Promise<void> {
  const { config, directory, services } = parts;
  await pullRegularly(
    () => current().list_feeds,
    {
      ...services,
      store: listStoreOf(config, directory),
      http: nodeHttpClient,
      turns: turnsOf(parts),
      hide: (text) => redact(text, secretValues(current())),
    },
    stop,
  );
}

function turnsOf({
  config,
  directory,
  ports,
  services: { clock },
}: Pick<NodeParts, 'config' | 'directory' | 'ports' | 'services'>): PullTurns {
  const { documents, sharedClaims: checkpoints, stateBlobs } = ports;
  if (config.transforms_container !== undefined) {
    return sharedTurns({ account: stateBlobs.account, documents, checkpoints, clock });
  }
  const folder = foldersOf(config, directory).at(-1) ?? '.';
  return folderTurns({
    documents,
    clock,
    async written(list) {
      try {
        return Math.round((await stat(join(folder, `${LISTS_FOLDER}${list}.csv`))).mtimeMs);
      } catch (error) {
        if (foreignCodeOf(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
  });
}

function foldersOf(config: RelayConfig, directory: string): readonly string[] {
  return ruleFolders(config).map((folder) => resolve(directory, folder));
}
