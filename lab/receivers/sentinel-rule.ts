/**
 * A data collection rule of Azure Monitor and the tables behind it, as far as the Logs Ingestion API depends on them.
 *
 * Sources:
 * - https://learn.microsoft.com/azure/azure-monitor/data-collection/data-collection-rule-structure : streams, their types, data flows
 * - https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview : names of columns and tables, `kind: Direct`
 * - https://learn.microsoft.com/azure/azure-monitor/logs/tutorial-logs-ingestion-portal : every table has `TimeGenerated`
 *
 * Azure Resource Manager refuses a faulty rule when it is deployed. Its words are not documented, so those here are this receiver's own.
 */

/** A column of a stream or a table. */
export interface SentinelColumn {
  readonly name: string;
  readonly type: string;
}

/** The properties of a rule, in the form of its JSON. */
export interface DataCollectionRule {
  readonly streamDeclarations: Readonly<Record<string, { readonly columns: readonly SentinelColumn[] }>>;
  readonly destinations: { readonly logAnalytics: readonly { readonly name: string }[] };
  readonly dataFlows: readonly {
    readonly streams: readonly string[];
    readonly destinations: readonly string[];
    readonly transformKql?: string;
    readonly outputStream?: string;
  }[];
}

/** The columns of tables, by their name. Only custom tables are known; a flow into a table of Azure's is not compared with it. */
export type SentinelTables = Readonly<Record<string, readonly SentinelColumn[]>>;

const TYPES: readonly string[] = ['boolean', 'datetime', 'dynamic', 'int', 'long', 'real', 'string'];
/** `guid` is a type of tables, and none of streams. The API of tables writes `dateTime`, so the case of types does not count. */
const TABLE_TYPES: readonly string[] = [...TYPES, 'guid'];
const COLUMN_NAME = /^[A-Za-z]\w{0,44}$/;
const RESERVED: readonly string[] = [
  '_ResourceId',
  'id',
  '_SubscriptionId',
  'TenantId',
  'Type',
  'UniqueId',
  'Title',
];

/** What is wrong with a rule and its tables; nothing if it can be deployed and every declared column reaches the table. */
export function ruleTroubles(rule: DataCollectionRule, tables: SentinelTables): readonly string[] {
  const flows = Object.keys(rule.streamDeclarations).map((stream) => ({
    stream,
    flows: rule.dataFlows.filter(({ streams }) => streams.includes(stream)),
  }));
  return [
    ...Object.entries(rule.streamDeclarations).flatMap(([stream, { columns }]) => [
      ...(stream.startsWith('Custom-') ? [] : [`the stream ${stream} does not begin with Custom-`]),
      ...columnTroubles(`the stream ${stream}`, columns, TYPES),
    ]),
    ...Object.entries(tables).flatMap(([table, columns]) => tableTroubles(table, columns)),
    ...flows.flatMap(({ stream, flows: own }) =>
      own.length > 0 ? [] : [`no data flow reads the stream ${stream}`],
    ),
    ...rule.dataFlows.flatMap((flow) => flowTroubles(flow, rule, tables)),
  ];
}

function columnTroubles(
  place: string,
  columns: readonly SentinelColumn[],
  types: readonly string[],
): readonly string[] {
  const names = columns.map(({ name }) => name.toLowerCase());
  return [
    ...(columns.length === 0 ? [`${place} has no columns`] : []),
    ...columns.flatMap(({ name, type }, at) => [
      ...(COLUMN_NAME.test(name) ? [] : [`${place} has a column with the name "${name}"`]),
      ...(RESERVED.includes(name) ? [`${place} has the reserved column ${name}`] : []),
      ...(names.indexOf(name.toLowerCase()) === at ? [] : [`${place} has the column ${name} twice`]),
      ...(types.includes(type.toLowerCase()) ? [] : [`${place} has the column ${name} of type ${type}`]),
    ]),
  ];
}

function tableTroubles(table: string, columns: readonly SentinelColumn[]): readonly string[] {
  const time = columns.find(({ name }) => name === 'TimeGenerated');
  return [
    ...(/^[A-Za-z]\w*_CL$/.test(table) ? [] : [`the table ${table} is not named as a custom table, *_CL`]),
    ...(time?.type.toLowerCase() === 'datetime'
      ? []
      : [`the table ${table} has no TimeGenerated of type datetime`]),
    ...columnTroubles(`the table ${table}`, columns, TABLE_TYPES),
  ];
}

function flowTroubles(
  { streams, destinations, transformKql, outputStream = '' }: DataCollectionRule['dataFlows'][number],
  rule: DataCollectionRule,
  tables: SentinelTables,
): readonly string[] {
  const known = rule.destinations.logAnalytics.map(({ name }) => name);
  const table = outputStream.startsWith('Custom-') ? outputStream.slice('Custom-'.length) : undefined;
  const columns = table === undefined ? undefined : tables[table];
  const isUnchanged = transformKql === undefined || transformKql.trim() === 'source';
  return [
    ...streams.flatMap((each) =>
      rule.streamDeclarations[each] ? [] : [`the stream ${each} is not declared`],
    ),
    ...destinations.flatMap((each) => (known.includes(each) ? [] : [`there is no destination ${each}`])),
    ...(!isUnchanged && streams.length > 1 ? ['a data flow with a transformation has several streams'] : []),
    ...(/^(Custom|Microsoft)-./.test(outputStream)
      ? []
      : [`the output stream "${outputStream}" names no table`]),
    ...(table !== undefined && columns === undefined ? [`there is no table ${table}`] : []),
    ...(columns !== undefined && isUnchanged
      ? streams.flatMap((each) => differences(each, rule.streamDeclarations[each]?.columns ?? [], columns))
      : []),
    ...(!isUnchanged &&
    !/\bTimeGenerated\b/.test(transformKql ?? '') &&
    !streams.every((each) => hasTime(rule, each))
      ? ['neither the transformation nor the stream has TimeGenerated']
      : []),
  ];
}

function hasTime({ streamDeclarations }: DataCollectionRule, stream: string): boolean {
  return streamDeclarations[stream]?.columns.some(({ name }) => name === 'TimeGenerated') ?? false;
}

/** Without a transformation, a stream has the columns of its table, with the same types. */
function differences(
  stream: string,
  declared: readonly SentinelColumn[],
  columns: readonly SentinelColumn[],
): readonly string[] {
  const types = new Map(columns.map(({ name, type }) => [name, type.toLowerCase()]));
  return [
    ...(declared.some(({ name }) => name === 'TimeGenerated')
      ? []
      : [`the stream ${stream} has no TimeGenerated`]),
    ...declared.flatMap(({ name, type }) => {
      const own = types.get(name);
      if (own === undefined) return [`the table of ${stream} has no column ${name}`];
      return own === type ? [] : [`${name} is ${type} in the stream ${stream} and ${own} in its table`];
    }),
  ];
}
