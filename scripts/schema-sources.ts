/** Reads the columns of Defender's tables from their documentation, and writes the module that lists them. */
import { z } from 'zod';
import { KUSTO_TYPES, type KustoType } from '../src/rules/schema/types.ts';

export type Tables = Readonly<Record<string, Readonly<Record<string, KustoType>>>>;

const SYNONYMS: Readonly<Record<string, KustoType>> = {
  array: 'dynamic',
  bigint: 'long',
  boolean: 'bool',
  double: 'real',
  enum: 'string',
  integer: 'int',
  list: 'dynamic',
  object: 'dynamic',
};

/**
 * The tables that Defender's streaming API writes: the generally available ones, those seen in live tenants, and those of the
 * reference that hold events or change with them. Inventories of vulnerability management and the exposure graph are not streamed.
 */
export const STREAMED = [
  'AgentsInfo',
  'AlertEvidence',
  'AlertInfo',
  'BehaviorEntities',
  'BehaviorInfo',
  'CallActivityEvents',
  'CampaignInfo',
  'CloudAppEvents',
  'CloudAuditEvents',
  'CloudDnsEvents',
  'CloudPolicyEnforcementEvents',
  'CloudProcessEvents',
  'CloudStorageAggregatedEvents',
  'DataSecurityBehaviors',
  'DataSecurityEvents',
  'DeviceEvents',
  'DeviceFileCertificateInfo',
  'DeviceFileEvents',
  'DeviceImageLoadEvents',
  'DeviceInfo',
  'DeviceLogonEvents',
  'DeviceNetworkEvents',
  'DeviceNetworkInfo',
  'DeviceProcessEvents',
  'DeviceRegistryEvents',
  'DisruptionAndResponseEvents',
  'EmailAttachmentInfo',
  'EmailEvents',
  'EmailPostDeliveryEvents',
  'EmailUrlInfo',
  'EntraIdSignInEvents',
  'EntraIdSpnSignInEvents',
  'FileMaliciousContentInfo',
  'GraphAPIAuditEvents',
  'IdentityAccountInfo',
  'IdentityDirectoryEvents',
  'IdentityEvents',
  'IdentityInfo',
  'IdentityLogonEvents',
  'IdentityQueryEvents',
  'MessageEvents',
  'MessagePostDeliveryEvents',
  'MessageUrlInfo',
  'OAuthAppInfo',
  'UrlClickEvents',
] as const;

/** "The LatestDeliveryLocation and LatestDeliveryAction columns are not available in the Streaming API" (EmailEvents). */
const NOT_STREAMED: Readonly<Record<string, readonly string[]>> = {
  EmailEvents: ['LatestDeliveryLocation', 'LatestDeliveryAction'],
};

const environments = z.object({
  m365: z.object({ tables: z.record(z.string(), z.record(z.string(), z.string())) }),
});

/** Reads the `m365` part of KQLAnalyzer's environments.json. Throws a ZodError or SyntaxError on anything else. */
export function fromEnvironments(json: string): Tables {
  const { tables } = environments.parse(JSON.parse(json)).m365;
  return Object.fromEntries(
    Object.entries(tables).map(([table, columns]) => [
      table,
      Object.fromEntries(
        Object.entries(columns).map(([name, type]) => [cleanName(name), kustoType(type, `${table}.${name}`)]),
      ),
    ]),
  );
}

/** Reads one `advanced-hunting-*-table.md` of MicrosoftDocs/defender-docs: its heading and its column table. */
export function fromMarkdown(text: string): Tables {
  const table = /^# +`?(\w+)/m.exec(text)?.[1];
  if (table === undefined) return {};
  const columns: Record<string, KustoType> = {};
  for (const line of text.split(/\r?\n/)) {
    const [, name = '', type = ''] = line.split('|').map((cell) => cell.replaceAll('`', '').trim());
    if (/^column\s?name$/i.test(name) || name === 'Column') continue;
    const clean = cleanName(name);
    if (!line.trimStart().startsWith('|') || !/^[A-Za-z_]\w*$/.test(clean)) continue;
    columns[clean] = kustoType(type, `${table}.${clean}`);
  }
  return { [table]: columns };
}

/** The tables that are streamed, in alphabetical order. A source may spell the name of a table otherwise (`GraphApiAuditEvents`). */
export function streamedTables(all: Tables): {
  readonly tables: Tables;
  readonly missing: readonly string[];
} {
  const found = new Map(Object.entries(all).map(([table, columns]) => [table.toLowerCase(), columns]));
  const missing = STREAMED.filter((table) => !found.has(table.toLowerCase()));
  const tables = STREAMED.flatMap((table) => {
    const columns = found.get(table.toLowerCase());
    if (columns === undefined) return [];
    const dropped = NOT_STREAMED[table] ?? [];
    return [[table, Object.fromEntries(Object.entries(columns).filter(([name]) => !dropped.includes(name)))]];
  });
  return { tables: Object.fromEntries(tables), missing };
}

/** The text of `src/rules/schema/tables.ts`. `date` is when the source was read, YYYY-MM-DD. */
export function renderModule(tables: Tables, source: string, date: string): string {
  const body = Object.entries(tables).map(([table, columns]) => {
    const lines = Object.entries(columns).map(([name, type]) => `    ${name}: '${type}',`);
    return `  ${table}: {\n${lines.join('\n')}\n  },`;
  });
  return `// Made by scripts/refresh-schema.ts; do not edit.
// Source: ${source}, read ${date}.
// The names and types come from Microsoft's Advanced Hunting reference (MicrosoftDocs/defender-docs, CC BY 4.0).
import type { KustoType } from './types.ts';

/** The tables of Defender's streaming API: column -> Kusto type, in the order of Microsoft's reference. */
export const TABLES: Readonly<Record<string, Readonly<Record<string, KustoType>>>> = {
${body.join('\n')}
};
`;
}

/** `Timestamp[*](#mdi-only)`, `PrivilegedEntraPimRoles(Preview)[**](#mdi)`, `LatestDeliveryAction*` -> the name alone. */
function cleanName(name: string): string {
  return /^\w*/.exec(name)?.[0] ?? '';
}

function kustoType(name: string, where: string): KustoType {
  const lower = name.toLowerCase();
  const type = SYNONYMS[lower] ?? KUSTO_TYPES.find((known) => known === lower);
  if (type === undefined) throw new Error(`${where}: unknown type ${JSON.stringify(name)}`);
  return type;
}
