/** The container of rule files, into which pulls write lists. */
import { type ClientOptions, createBlobAccount } from '../azure/clients.ts';
import { createAzureBlobStore } from '../blobs/azure.ts';
import { createBlobFiles } from '../blobs/files.ts';
import type { RelayConfig } from '../config/schema.ts';
import { ownSignIn, stateOf } from '../config/sources.ts';
import type { ListStore } from '../relay/list-feeds/pull.ts';
import { readRuleContainer } from '../relay/rule-sets/rule-container.ts';
import { LISTS_FOLDER } from '../rules/lists/list-files.ts';
import type { Credentials } from './azure-ports.ts';

/** Makes the {@link ListStore} of a container in the account of the state. */
export function containerListStore(
  config: RelayConfig,
  container: string,
  credentials: Credentials,
  options?: ClientOptions,
): ListStore {
  const { service, account } = createBlobAccount(stateOf(config), credentials(ownSignIn(config)), options);
  const blobs = createAzureBlobStore(service, account);
  const files = createBlobFiles(service, container);
  return {
    async lists() {
      const found = await readRuleContainer(blobs, container, undefined, { prefix: LISTS_FOLDER });
      return found?.files ?? [];
    },
    read: files.read,
    write: files.write,
  };
}
