/** Azure's clouds: the addresses and ids by which they differ. Data alone; every suffix, authority and origin in the relay comes from here. */

/** The names of the clouds, as `cloud` in relay.yaml writes them. */
export const CLOUD_NAMES = ['public', 'usgov', 'china'] as const;

export type CloudName = (typeof CLOUD_NAMES)[number];

/** What one cloud calls its services. Hosts and suffixes have no leading dot, addresses no slash at the end. */
export interface Cloud {
  /** As people call it, for messages. */
  readonly title: string;
  /** Entra ID, where tokens are requested. */
  readonly authority: string;
  /** The issuers that Entra ID writes into tokens of the versions 1 and 2; `{tenant}` stands for the tenant's id. */
  readonly issuers: { readonly v1: string; readonly v2: string };
  /** Below `<account>.blob.`, `<account>.queue.` and `<account>.dfs.`. */
  readonly storageSuffix: string;
  /** Below `<vault>.`. */
  readonly keyVaultSuffix: string;
  /** Azure Resource Manager: its address, and the audience of the tokens for it. */
  readonly arm: { readonly endpoint: string; readonly audience: string };
  readonly monitor: {
    /** The audience of tokens for the Logs Ingestion API. */
    readonly audience: string;
    /** Endpoints of logs ingestion end in it. */
    readonly ingestSuffix: string;
  };
  readonly eventGrid: {
    /** What Event Grid sends as `WebHook-Request-Origin` in CloudEvents' handshake. */
    readonly origin: string;
    /** The application id of Event Grid in Entra ID; undefined where Microsoft documents none. */
    readonly applicationId: string | undefined;
  };
}

/**
 * Sources: Microsoft Learn, "Microsoft Entra authentication & national clouds", "Compare Azure
 * Government and global Azure", "Azure China developer guide", "Access tokens in the Microsoft identity platform" (issuers), "Secure
 * webhook delivery with Microsoft Entra ID in Azure Event Grid" (application ids; there is none for China);
 * azure-functions-eventgrid-extension, HttpRequestProcessor (origins); "Logs Ingestion API in Azure Monitor" (audiences of Azure Monitor).
 */
export const CLOUDS: Readonly<Record<CloudName, Cloud>> = {
  public: {
    title: 'the public cloud',
    authority: 'https://login.microsoftonline.com',
    issuers: {
      v1: 'https://sts.windows.net/{tenant}/',
      v2: 'https://login.microsoftonline.com/{tenant}/v2.0',
    },
    storageSuffix: 'core.windows.net',
    keyVaultSuffix: 'vault.azure.net',
    arm: { endpoint: 'https://management.azure.com', audience: 'https://management.azure.com' },
    monitor: { audience: 'https://monitor.azure.com', ingestSuffix: 'ingest.monitor.azure.com' },
    eventGrid: {
      origin: 'eventgrid.azure.net',
      applicationId: '4962773b-9cdb-44cf-a8bf-237846a00ab7',
    },
  },
  usgov: {
    title: 'Azure Government',
    authority: 'https://login.microsoftonline.us',
    issuers: {
      v1: 'https://sts.windows.net/{tenant}/',
      v2: 'https://login.microsoftonline.us/{tenant}/v2.0',
    },
    storageSuffix: 'core.usgovcloudapi.net',
    keyVaultSuffix: 'vault.usgovcloudapi.net',
    arm: {
      endpoint: 'https://management.usgovcloudapi.net',
      audience: 'https://management.usgovcloudapi.net',
    },
    monitor: { audience: 'https://monitor.azure.us', ingestSuffix: 'ingest.monitor.azure.us' },
    eventGrid: {
      origin: 'eventgrid.azure.us',
      applicationId: '54316b56-3481-47f9-8f30-0300f5542a7b',
    },
  },
  china: {
    title: 'Azure China',
    authority: 'https://login.partner.microsoftonline.cn',
    issuers: {
      v1: 'https://sts.chinacloudapi.cn/{tenant}/',
      v2: 'https://login.partner.microsoftonline.cn/{tenant}/v2.0',
    },
    storageSuffix: 'core.chinacloudapi.cn',
    keyVaultSuffix: 'vault.azure.cn',
    arm: {
      endpoint: 'https://management.chinacloudapi.cn',
      audience: 'https://management.chinacloudapi.cn',
    },
    monitor: { audience: 'https://monitor.azure.cn', ingestSuffix: 'ingest.monitor.azure.cn' },
    eventGrid: { origin: 'eventgrid.azure.cn', applicationId: undefined },
  },
};

/** The cloud of an endpoint of logs ingestion; undefined for a host of another name. */
export function cloudOfIngestion(host: string): CloudName | undefined {
  return CLOUD_NAMES.find((cloud) => host.toLowerCase().endsWith(`.${CLOUDS[cloud].monitor.ingestSuffix}`));
}

/** The cloud whose suffix of storage or Key Vault the host ends in; undefined for a custom domain, an IP address and Azurite. */
export function cloudOfHost(host: string): CloudName | undefined {
  const name = host.toLowerCase().replace(/\.$/, '');
  return CLOUD_NAMES.find((cloud) =>
    [CLOUDS[cloud].storageSuffix, CLOUDS[cloud].keyVaultSuffix].some((suffix) => name.endsWith(`.${suffix}`)),
  );
}
