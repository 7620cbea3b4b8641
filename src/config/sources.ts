/** Resolves the storage accounts of relay.yaml: the sources to read, and the account of the state. */
import { CLOUDS } from '../azure/cloud.ts';
import type { AccountSettings } from '../shared/account-settings.ts';
import type { RelayConfig } from './schema.ts';

/** The identity to sign in with, if it is not the relay's own identity in its own tenant. */
export interface SignIn {
  /** Entra ID of the relay's cloud. */
  readonly authority?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
}

/** One storage account that Defender writes to. */
export interface SourceSettings extends AccountSettings {
  /** Undefined for the only source, under `storage`. */
  readonly name: string | undefined;
  /** Part of the keys under which the source's state is stored; undefined for a single source, whose keys have no such part. */
  readonly scope: string | undefined;
  readonly containerPrefix: string;
  readonly startAt: string | undefined;
  readonly retentionMs: number | undefined;
  readonly signIn: SignIn;
}

/** The account and containers of checkpoints, claims, documents and dead letters. */
export interface StateSettings extends AccountSettings {
  readonly container: string;
  readonly deadLetterContainer: string;
}

/** The accounts to read: the account under `storage`, or the accounts under `sources`. Never empty in a checked config. */
export function sourcesOf({ cloud, storage, sources = [] }: RelayConfig): readonly SourceSettings[] {
  const { authority, storageSuffix } = CLOUDS[cloud];
  if (storage) {
    const { account, blob_endpoint, connection_string, container_prefix: containerPrefix } = storage;
    const { start_at: startAt, retention: retentionMs } = storage;
    const place = { setting: 'storage', account, blob_endpoint, connection_string, storageSuffix };
    const signIn = { authority };
    return [{ ...place, name: undefined, scope: undefined, containerPrefix, startAt, retentionMs, signIn }];
  }
  return sources.map((source, index) => ({
    setting: `sources[${index}]`,
    account: source.account,
    blob_endpoint: source.blob_endpoint,
    connection_string: source.connection_string,
    storageSuffix,
    name: source.name,
    scope: source.default ? undefined : source.name,
    containerPrefix: source.container_prefix,
    startAt: source.start_at,
    retentionMs: source.retention,
    signIn: {
      authority,
      tenantId: source.tenant_id,
      clientId: source.client_id,
      clientSecret: source.client_secret,
    },
  }));
}

/** Where the state is stored: in the account that `state` names, or in the account under `storage` if `state` names none. */
export function stateOf({ cloud, storage, state }: RelayConfig): StateSettings {
  const own = state && namesAccount(state);
  const { account, blob_endpoint, connection_string } = (own ? state : storage) ?? {};
  return {
    setting: own ? 'state' : 'storage',
    account,
    blob_endpoint,
    connection_string,
    storageSuffix: CLOUDS[cloud].storageSuffix,
    container: state?.container ?? storage?.state_container ?? 'xdr-relay-state',
    deadLetterContainer:
      state?.dead_letter_container ?? storage?.dead_letter_container ?? 'xdr-relay-dead-letters',
  };
}

/** The identity of the relay itself, in its own tenant: for the state and the queue. */
export function ownSignIn({ cloud }: RelayConfig): SignIn {
  return { authority: CLOUDS[cloud].authority };
}

/** The account whose queue is used if `queue` names none. */
export function queueAccountOf(config: RelayConfig): AccountSettings {
  const { cloud, storage } = config;
  if (!storage) return stateOf(config);
  const { account, blob_endpoint, connection_string } = storage;
  const { storageSuffix } = CLOUDS[cloud];
  return { setting: 'storage', account, blob_endpoint, connection_string, storageSuffix };
}

/** Whether settings identify an account. */
export function namesAccount({
  account,
  blob_endpoint,
  connection_string,
}: Omit<AccountSettings, 'setting'>): boolean {
  return account !== undefined || blob_endpoint !== undefined || connection_string !== undefined;
}

/** Azurite's account, which `UseDevelopmentStorage=true` means. */
const DEVELOPMENT = 'devstoreaccount1';

/** The account's name in lower case, as far as the settings show it; undefined for a custom domain. */
export function accountNameOf(settings: Omit<AccountSettings, 'setting'>): string | undefined {
  const { account, blob_endpoint, connection_string: text } = settings;
  if (account !== undefined) return account.toLowerCase();
  if (text === undefined) return blob_endpoint === undefined ? undefined : accountOfEndpoint(blob_endpoint);
  const parts = new Map(
    text.split(';').map((part) => {
      const equals = part.indexOf('=');
      return [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
    }),
  );
  if (parts.has('UseDevelopmentStorage')) return DEVELOPMENT;
  return parts.get('AccountName')?.toLowerCase() ?? accountOfEndpoint(parts.get('BlobEndpoint') ?? '');
}

function accountOfEndpoint(endpoint: string): string | undefined {
  const url = URL.parse(endpoint);
  if (!url) return undefined;
  const [first = ''] = url.pathname.slice(1).split('/');
  if (first !== '') return first.toLowerCase();
  return /^([^.]+)\.(?:z\d+\.)?(?:privatelink\.)?blob\./.exec(url.hostname)?.[1];
}
