/** The data collection rules and the tables as a template of Azure Resource Manager. */
import { jsonFile } from '../../shared/json.ts';
import type { Template } from '../template.ts';
import { type DeclaredColumn, NEWEST } from './editions.ts';
import { streamOf } from './stream-name.ts';
import { ALERT_COLUMNS, eventColumns, RECORD_COLUMNS } from './streams.ts';

/** Microsoft Learn, "Azure Monitor service limits", data collection rules: data streams, and data flows. */
const MOST_STREAMS = 10;
/** Microsoft Learn, "Azure built-in roles for Monitor". */
const MONITORING_METRICS_PUBLISHER = '3913510d-42f4-4e42-8a64-420c390055eb';
const TABLE_API = '2022-10-01';
const RULE_API = '2023-03-11';
const WORKSPACE = 'workspace';
const WORKSPACE_ID = "[resourceId('Microsoft.OperationalInsights/workspaces', parameters('workspaceName'))]";

/** A stream and the table behind it. */
interface Stream {
  readonly stream: string;
  readonly table: string;
  readonly columns: readonly DeclaredColumn[];
  /** Defender's table, or alerts. */
  readonly of: { readonly table: string } | 'alerts' | 'all';
}

const FILE = 'sentinel.json';

/**
 * In the shape `raw` a stream for each table and one for alerts, ten in a rule; else one stream for everything. A table of the workspace has the columns of its
 * stream, so that the transformation is `source`.
 */
export const sentinelTemplate: Template = ({ tables, shape = 'raw' }) => {
  const streams = shape === 'raw' ? rawStreams(tables.map(({ name }) => name)) : [recordStream()];
  const rules = Array.from({ length: Math.ceil(streams.length / MOST_STREAMS) }, (_, index) =>
    streams.slice(index * MOST_STREAMS, (index + 1) * MOST_STREAMS),
  );
  const ruleNames = rules.map((_, index) => `[concat(parameters('ruleName'), '-${index + 1}')]`);
  const template = {
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    metadata: { description: 'Tables and data collection rules for the destination of xdr-relay.' },
    parameters: {
      workspaceName: {
        type: 'string',
        metadata: { description: 'The Log Analytics workspace, in the resource group of the deployment.' },
      },
      location: {
        type: 'string',
        defaultValue: '[resourceGroup().location]',
        metadata: { description: 'The region of the workspace: the rules have to be in it.' },
      },
      ruleName: {
        type: 'string',
        defaultValue: 'xdr-relay',
        minLength: 3,
        maxLength: 26,
        metadata: { description: 'What the names of the rules begin with.' },
      },
      principalId: {
        type: 'string',
        defaultValue: '',
        metadata: {
          description:
            'The object id of the service principal or the managed identity that the relay signs in as: it gets the role Monitoring Metrics Publisher on each rule.',
        },
      },
    },
    resources: [
      ...streams.map(tableResource),
      ...rules.map((own, index) => ruleResource(ruleNames[index] ?? '', own)),
      ...ruleNames.map(roleResource),
    ],
    outputs: {
      rules: {
        type: 'array',
        metadata: { description: '`rules` of the destination in relay.yaml.' },
        value: rules.map((own, index) => ruleOutput(ruleNames[index] ?? '', own)),
      },
    },
  };
  const use = `az deployment group create --resource-group <group> --template-file ${FILE} --parameters workspaceName=<workspace> principalId=<object id> --query properties.outputs.rules.value`;
  return [
    {
      name: FILE,
      text: jsonFile(template),
      use: `${use}: what it prints is \`rules\` of the destination, with \`columns: ${NEWEST}\``,
    },
  ];
};

function rawStreams(tables: readonly string[]): readonly Stream[] {
  const alerts: Stream = {
    stream: 'Custom-XdrRelayAlert',
    table: 'XdrRelayAlert_CL',
    columns: ALERT_COLUMNS,
    of: 'alerts',
  };
  const rows = tables.map((table): Stream => {
    const stream = streamOf('Custom-{table}', table);
    const own = `${stream.slice('Custom-'.length)}_CL`;
    return { stream, table: own, columns: eventColumns(NEWEST, table), of: { table } };
  });
  return [alerts, ...rows];
}

function recordStream(): Stream {
  return { stream: 'Custom-XdrRelayRecord', table: 'XdrRelayRecord_CL', columns: RECORD_COLUMNS, of: 'all' };
}

function tableResource({ table, columns }: Stream): object {
  return {
    type: 'Microsoft.OperationalInsights/workspaces/tables',
    apiVersion: TABLE_API,
    name: `[concat(parameters('workspaceName'), '/${table}')]`,
    properties: {
      plan: 'Analytics',
      schema: {
        name: table,
        // The API of tables writes this one type in another way than that of rules.
        columns: columns.map(({ name, type }) => ({ name, type: type === 'datetime' ? 'dateTime' : type })),
      },
    },
  };
}

function ruleResource(name: string, streams: readonly Stream[]): object {
  return {
    type: 'Microsoft.Insights/dataCollectionRules',
    apiVersion: RULE_API,
    name,
    location: "[parameters('location')]",
    // Without it the rule has no endpoint of its own.
    kind: 'Direct',
    dependsOn: streams.map(
      ({ table }) =>
        `[resourceId('Microsoft.OperationalInsights/workspaces/tables', parameters('workspaceName'), '${table}')]`,
    ),
    properties: {
      description: 'Microsoft Defender XDR by xdr-relay',
      streamDeclarations: Object.fromEntries(streams.map(({ stream, columns }) => [stream, { columns }])),
      destinations: { logAnalytics: [{ workspaceResourceId: WORKSPACE_ID, name: WORKSPACE }] },
      dataFlows: streams.map(({ stream, table }) => ({
        streams: [stream],
        destinations: [WORKSPACE],
        transformKql: 'source',
        outputStream: `Custom-${table}`,
      })),
    },
  };
}

function roleResource(name: string): object {
  const rule = `resourceId('Microsoft.Insights/dataCollectionRules', ${name.slice(1, -1)})`;
  const role = `subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '${MONITORING_METRICS_PUBLISHER}')`;
  return {
    condition: "[not(empty(parameters('principalId')))]",
    type: 'Microsoft.Authorization/roleAssignments',
    apiVersion: '2022-04-01',
    scope: `[${rule}]`,
    name: `[guid(${rule}, parameters('principalId'), '${MONITORING_METRICS_PUBLISHER}')]`,
    dependsOn: [`[${rule}]`],
    properties: {
      roleDefinitionId: `[${role}]`,
      principalId: "[parameters('principalId')]",
      principalType: 'ServicePrincipal',
    },
  };
}

/** An entry of `rules` in relay.yaml. */
function ruleOutput(name: string, streams: readonly Stream[]): object {
  const rule = `reference(resourceId('Microsoft.Insights/dataCollectionRules', ${name.slice(1, -1)}), '${RULE_API}')`;
  const tables = streams.flatMap(({ of }) => (typeof of === 'object' ? [of.table] : []));
  return {
    id: `[${rule}.immutableId]`,
    endpoint: `[${rule}.endpoints.logsIngestion]`,
    ...(tables.length > 0 && { tables }),
    ...(streams.some(({ of }) => of === 'alerts') && { alerts: true }),
  };
}
