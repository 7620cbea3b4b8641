/** The storage accounts that the relay reads, as events name them. */
import { RelayError } from '../shared/errors.ts';

/** The storage account whose blobs the relay reads, and how events may name it. */
export interface SourceAccount {
  readonly account: string;
  /** Containers that begin with this are read. */
  readonly containerPrefix: string;
  /** `host` or `host:port`, lower case, default ports left out. */
  readonly hosts: ReadonlySet<string>;
  /** First path segments that name the account; empty where the host does (everywhere but Azurite). */
  readonly pathAccounts: readonly string[];
}

export interface SourceOptions {
  readonly account: string;
  /** Default: `https://<account>.blob.core.windows.net`. */
  readonly blobEndpoint?: string | undefined;
  readonly containerPrefix: string;
  /** Where the account stands in relay.yaml, for messages. Default: `storage`. */
  readonly setting?: string;
}

/**
 * Storage suffixes of the public cloud and the sovereign ones, each with the name that its Event Grid gives in the
 * handshake of CloudEvents (azure-functions-eventgrid-extension, HttpRequestProcessor).
 */
const ORIGINS: Readonly<Record<string, string>> = {
  'core.windows.net': 'eventgrid.azure.net',
  'core.usgovcloudapi.net': 'eventgrid.azure.us',
  'core.chinacloudapi.cn': 'eventgrid.azure.cn',
};
const CLOUDS = Object.keys(ORIGINS);
const PUBLIC_ORIGIN = 'eventgrid.azure.net';

/**
 * Works out under which addresses events may name the account: its endpoint, the secondary one of a
 * geo-redundant account, and the Data Lake (`dfs`) ones. Throws a RelayError when the endpoint is no HTTP address.
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
 * Which Event Grid may subscribe with the handshake of CloudEvents, where `server.allowed_origins` does not say: that of
 * each account's cloud; of all three where a custom domain hides the cloud; the public one for Azurite.
 */
export function eventGridOrigins(sources: readonly SourceAccount[]): readonly string[] {
  const origins = sources.flatMap(({ hosts }) => {
    const clouds = CLOUDS.filter((cloud) => [...hosts].some((host) => host.endsWith(`.${cloud}`)));
    return clouds.length === 0 ? [PUBLIC_ORIGIN] : clouds.map((cloud) => ORIGINS[cloud] ?? PUBLIC_ORIGIN);
  });
  return [...new Set(origins)];
}

/**
 * The DNS zone (`z01.`, mostly none) and the cloud that the account's hosts lie in. Where the endpoint is a custom
 * domain, which only the relay's own reads use, events carry the account's own host, in whichever cloud that is.
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
