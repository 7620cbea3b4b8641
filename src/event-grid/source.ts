/** Describes the storage accounts that the relay reads in the terms by which events name them. */
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
  /** Default: `https://<account>.blob.core.windows.net`. */
  readonly blobEndpoint?: string | undefined;
  readonly containerPrefix: string;
  /** The account's key in relay.yaml, for messages. Default: `storage`. */
  readonly setting?: string;
}

/**
 * The storage suffixes of the public and the sovereign clouds, each with the origin that its Event Grid sends in the
 * CloudEvents handshake (azure-functions-eventgrid-extension, HttpRequestProcessor).
 */
const ORIGINS: Readonly<Record<string, string>> = {
  'core.windows.net': 'eventgrid.azure.net',
  'core.usgovcloudapi.net': 'eventgrid.azure.us',
  'core.chinacloudapi.cn': 'eventgrid.azure.cn',
};
const CLOUDS = Object.keys(ORIGINS);
const PUBLIC_ORIGIN = 'eventgrid.azure.net';

/**
 * Computes the addresses by which events may name the account: its endpoint, the secondary endpoint of a geo-redundant account, and
 * the Data Lake (`dfs`) endpoints. Throws a RelayError if the endpoint is not an HTTP address.
 */
export function sourceAccount(options: SourceOptions): SourceAccount {
  const { account, containerPrefix } = options;
  const endpoint = endpointOf(
    options.blobEndpoint ?? `https://${account}.blob.core.windows.net`,
    options.setting ?? 'storage',
  );
  const host = endpoint.host.toLowerCase();
  const hosts = new Set([host]);
  if (endpoint.pathname.length > 1) {
    return { account, containerPrefix, hosts, pathAccounts: [account, `${account}-secondary`] };
  }
  for (const { zone, cloud } of placesOf(account, host)) {
    for (const name of [account, `${account}-secondary`]) {
      for (const service of ['blob', 'dfs']) hosts.add(`${name}.${zone}${service}.${cloud}`.toLowerCase());
    }
  }
  return { account, containerPrefix, hosts, pathAccounts: [] };
}

/**
 * The origins from which Event Grid may subscribe with the CloudEvents handshake if `server.allowed_origins` is not set: the origin
 * of each account's cloud; all three if a custom domain hides the cloud; the public cloud's for Azurite.
 */
export function eventGridOrigins(sources: readonly SourceAccount[]): readonly string[] {
  const origins = sources.flatMap(({ hosts }) => {
    const clouds = CLOUDS.filter((cloud) => [...hosts].some((host) => host.endsWith(`.${cloud}`)));
    return clouds.length === 0 ? [PUBLIC_ORIGIN] : clouds.map((cloud) => ORIGINS[cloud] ?? PUBLIC_ORIGIN);
  });
  return [...new Set(origins)];
}

/**
 * The DNS zone (`z01.`, mostly none) and the clouds of the account's hosts. If the endpoint is a custom domain, only the relay uses
 * it: events contain the account's own host, in a cloud that the domain does not show.
 */
function placesOf(
  account: string,
  host: string,
): readonly { readonly zone: string; readonly cloud: string }[] {
  const own = `${account}.`.toLowerCase();
  const below = host.startsWith(own) ? host.slice(own.length) : '';
  const [, zone = '', cloud] = /^(z\d+\.)?(?:privatelink\.)?blob\.(.+)$/.exec(below) ?? [];
  return cloud === undefined ? CLOUDS.map((each) => ({ zone: '', cloud: each })) : [{ zone, cloud }];
}

function endpointOf(text: string, setting: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new RelayError('config_invalid', `${setting}.blob_endpoint must be an http or https address.`);
  }
  return url;
}
