/** Describes the storage accounts that the relay reads in the terms by which events name them. */
import { CLOUD_NAMES, CLOUDS, type CloudName } from '../azure/cloud.ts';
import { RelayError } from '../shared/errors.ts';

/** A storage account whose blobs the relay reads, and the names that events may use for it. */
export interface SourceAccount {
  readonly account: string;
  /** The relay reads the containers whose names begin with this. */
  readonly containerPrefix: string;
  /** `host` or `host:port`, in lower case, without default ports. */
  readonly hosts: ReadonlySet<string>;
  /** The first path segments that name the account; empty if the host names it, as everywhere except in Azurite. */
  readonly pathAccounts: readonly string[];
}

export interface SourceOptions {
  readonly account: string;
  /** Default: the account's address in `cloud`. */
  readonly blobEndpoint?: string | undefined;
  readonly containerPrefix: string;
  /** The account's key in relay.yaml, for messages. Default: `storage`. */
  readonly setting?: string;
  /** The relay's cloud. Default: `public`, which also stands for a relay.yaml without `cloud`. */
  readonly cloud?: CloudName;
}

/**
 * Computes the addresses by which events may name the account: its endpoint, the secondary endpoint of a geo-redundant account, and
 * the Data Lake (`dfs`) endpoints. Throws a RelayError if the endpoint is not an HTTP address.
 */
export function sourceAccount(options: SourceOptions): SourceAccount {
  const { account, containerPrefix, cloud = 'public' } = options;
  const endpoint = endpointOf(
    options.blobEndpoint ?? `https://${account}.blob.${CLOUDS[cloud].storageSuffix}`,
    options.setting ?? 'storage',
  );
  const host = endpoint.host.toLowerCase();
  const hosts = new Set([host]);
  if (endpoint.pathname.length > 1) {
    return { account, containerPrefix, hosts, pathAccounts: [account, `${account}-secondary`] };
  }
  for (const { zone, suffix } of placesOf(account, host, cloud)) {
    for (const name of [account, `${account}-secondary`]) {
      for (const service of ['blob', 'dfs']) hosts.add(`${name}.${zone}${service}.${suffix}`.toLowerCase());
    }
  }
  return { account, containerPrefix, hosts, pathAccounts: [] };
}

/**
 * The origins from which Event Grid may subscribe with the CloudEvents handshake if `server.allowed_origins` is not set: the origin
 * of the cloud that each account's addresses are in, which are all three if a custom domain hides it; the origin of the relay's cloud
 * for Azurite.
 */
export function eventGridOrigins(sources: readonly SourceAccount[], cloud: CloudName): readonly string[] {
  const origins = sources.flatMap(({ hosts }) => {
    const clouds = CLOUD_NAMES.filter((name) =>
      [...hosts].some((host) => host.endsWith(`.${CLOUDS[name].storageSuffix}`)),
    );
    return (clouds.length === 0 ? [cloud] : clouds).map((name) => CLOUDS[name].eventGrid.origin);
  });
  return [...new Set(origins)];
}

/**
 * The DNS zone (`z01.`, mostly none) and the suffixes of the account's hosts. If the endpoint is a custom domain, only the relay uses
 * it: events contain the account's own host, in a cloud that the domain does not show. A sovereign `cloud` of relay.yaml shows it;
 * `public` does not, since it is also the default.
 */
function placesOf(
  account: string,
  host: string,
  cloud: CloudName,
): readonly { readonly zone: string; readonly suffix: string }[] {
  const own = `${account}.`.toLowerCase();
  const below = host.startsWith(own) ? host.slice(own.length) : '';
  const [, zone = '', suffix] = /^(z\d+\.)?(?:privatelink\.)?blob\.(.+)$/.exec(below) ?? [];
  if (suffix !== undefined) return [{ zone, suffix }];
  const clouds = cloud === 'public' ? CLOUD_NAMES : [cloud];
  return clouds.map((name) => ({ zone: '', suffix: CLOUDS[name].storageSuffix }));
}

function endpointOf(text: string, setting: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new RelayError('config_invalid', `${setting}.blob_endpoint must be an http or https address.`);
  }
  return url;
}
