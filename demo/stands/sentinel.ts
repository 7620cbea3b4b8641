/** Microsoft Sentinel: Azure Monitor's Logs Ingestion API with the rules of the relay's own template, and the identity that may send there. */
import { TABLES } from '../../lab/generator/tables/index.ts';
import { type SentinelRow, startSentinelReceiver } from '../../lab/receivers/sentinel.ts';
import type { Host } from '../../lab/relay.ts';
import { deployed, sentinelArm } from '../../lab/sentinel-deployed.ts';
import { shippedSchema } from '../../src/rules/schema/index.ts';
import { ON_LOOPBACK, type StandKind } from './stand.ts';

/** Also the one that no schema knows: somebody has deployed a stream for it, since rows without one wait. */
const DEPLOYED = [...new Set([...shippedSchema.tableNames, ...TABLES.map(({ name }) => name)])];

export const sentinel: StandKind = {
  name: 'sentinel',
  audience: 'machines',
  title: 'Microsoft Sentinel',
  async start({ arrived }, { host }) {
    const { rules, tables, entries } = deployed(sentinelArm(DEPLOYED));
    const receiver = await startSentinelReceiver({
      rules,
      tables,
      onEvent: ({ row }) => arrived(arrivalOf(row)),
    });
    return {
      entry: { type: 'sentinel', rules: entries(receiver.origin), cloud: 'public', ...ON_LOOPBACK },
      secrets: signInOf(host, receiver),
      close: () => receiver.close(),
    };
  },
};

function arrivalOf(row: SentinelRow['row']) {
  const { blob, offset } = Object(row.RelaySource);
  const { RelayEventId: id, RelayAlertId: alert, RuleTitle: rule } = row;
  return {
    blob: String(blob),
    offset: Number(offset),
    id: String(id),
    ...(alert !== undefined && { rule: String(rule) }),
  };
}

/**
 * On Node the relay signs in with a managed identity, as in App Service and Container Apps: its endpoint is plain HTTP on the machine itself. The
 * Worker has none, so there it is an application with a secret. Variables of this machine's own that @azure/identity would try before are emptied:
 * the demo must not send anybody's secret anywhere.
 */
function signInOf(
  host: Host,
  {
    origin,
    identityHeader,
    tenant,
    clientId,
    clientSecret,
  }: Awaited<ReturnType<typeof startSentinelReceiver>>,
): Readonly<Record<string, string>> {
  if (host === 'worker') {
    return {
      AZURE_AUTHORITY_HOST: origin,
      AZURE_TENANT_ID: tenant,
      AZURE_CLIENT_ID: clientId,
      AZURE_CLIENT_SECRET: clientSecret,
    };
  }
  return {
    IDENTITY_ENDPOINT: `${origin}/msi/token`,
    IDENTITY_HEADER: identityHeader,
    AZURE_TENANT_ID: '',
    AZURE_CLIENT_ID: '',
    AZURE_CLIENT_SECRET: '',
    AZURE_CLIENT_CERTIFICATE_PATH: '',
    AZURE_FEDERATED_TOKEN_FILE: '',
    AZURE_TOKEN_CREDENTIALS: '',
  };
}
