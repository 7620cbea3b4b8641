/** Makes the model of a folder from its compiled rule files. */
import { readDataFile } from '../../diagnostics/yaml/file.ts';
import type { CheckedFolder } from '../check-folder.ts';
import type { CompiledProgram } from '../compile.ts';
import type { AgedList } from '../lists/age.ts';
import type { RuleContext } from '../ruleset.ts';
import { type KustoType, type Schema, shippedSchema } from '../schema/index.ts';
import type { LogsourceMapping, SigmaDocument, TableMapping } from '../sigma/index.ts';
import { defaultMappings, nativeMappings } from '../sigma/index.ts';
import type { Expectation } from '../testing/schema.ts';
import type {
  FolderModel,
  ModelDestination,
  ModelList,
  ModelMapping,
  ModelRule,
  ModelTable,
} from './model.ts';

/** What a model is made of. */
export interface ModelSource {
  readonly compiled: CompiledProgram;
  readonly checked: CheckedFolder;
  readonly context: RuleContext;
  /** The text of relay.yaml; undefined if there is none. */
  readonly relay: string | undefined;
}

export function folderModel({ compiled, checked, context, relay }: ModelSource): FolderModel {
  return {
    rules: compiled.documents.map(ruleOf),
    lists: checked.lists.map(listOf),
    destinations: relay === undefined ? undefined : destinationsIn(relay),
    tables: changedTables(compiled.schema),
    mappings: ownMappings(compiled),
    tests: checked.tests.map(({ title, file, span, expect }) => ({
      title,
      file,
      span,
      alerts: alertsIn(expect),
    })),
    variables: relay === undefined ? [] : Object.keys(context.variables),
  };
}

function ruleOf(document: SigmaDocument): ModelRule {
  const { kind, title, id, name, level, file, span } = document;
  return {
    kind,
    title,
    level,
    file,
    span,
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    ...(document.kind !== 'correlation' && { logsource: document.logsource }),
  };
}

function listOf({ list, age, isOld }: AgedList): ModelList {
  const { name, type, size, columns, file, declaration } = list;
  return {
    name,
    type,
    size,
    columns,
    isOld,
    ...(file !== undefined && { file }),
    ...(age !== undefined && { age }),
    ...(declaration.description !== undefined && { description: declaration.description }),
  };
}

/** The bounds of a relay.yaml whose destinations are looked at; a larger one has none here. */
const RELAY = { characters: 1_000_000, values: 50_000, starter: '' };

/** The destinations that a relay.yaml names, also while other parts of it are not valid. */
export function destinationsIn(relay: string): readonly ModelDestination[] {
  const { file } = readDataFile({ path: '', text: relay }, RELAY);
  const data = file?.data;
  const map =
    typeof data === 'object' && data !== null && !Array.isArray(data) ? data.destinations : undefined;
  if (!file || typeof map !== 'object' || map === null || Array.isArray(map)) return [];
  return Object.entries(map).map(([name, entry]) => {
    const type =
      typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? entry.type : undefined;
    return {
      name,
      span: file.span(['destinations', name], 'key'),
      ...(typeof type === 'string' && { type }),
    };
  });
}

function changedTables(schema: Schema): readonly ModelTable[] {
  return schema.tableNames.flatMap((table) => {
    const found = schema.find(table);
    if (!found || found === shippedSchema.find(table)) return [];
    const columns: Record<string, KustoType> = Object.fromEntries(found.columns);
    return [{ table, columns }];
  });
}

/** Those behind the shipped ones and those of the tables themselves. */
function ownMappings({ mappings }: CompiledProgram): readonly ModelMapping[] {
  const shipped = new Set<LogsourceMapping>(defaultMappings);
  return mappings.filter((one) => !shipped.has(one) && !isNative(one)).map(namesOfMapping);
}

function isNative({ logsource, tables }: LogsourceMapping): boolean {
  const [only] = tables;
  return (
    tables.length === 1 &&
    only !== undefined &&
    nativeMappings([only.table]).some((one) => one.logsource.category === logsource.category) &&
    Object.keys(only.fields).length === 0 &&
    logsource.product === 'm365defender'
  );
}

/** A mapping without how values are rendered and compared. */
export function namesOfMapping({ logsource, tables }: LogsourceMapping): ModelMapping {
  return { logsource, tables: tables.map(({ table, fields }) => ({ table, fields: fieldColumns(fields) })) };
}

/** The columns of each field; none for a field that the table does not hold. */
function fieldColumns(fields: TableMapping['fields']): Readonly<Record<string, readonly string[]>> {
  const entries = Object.entries(fields).map(([field, mapped]): [string, readonly string[]] => {
    if (typeof mapped === 'string') return [field, [mapped]];
    if ('columns' in mapped) {
      return [
        field,
        mapped.missing === undefined ? [...mapped.columns, ...(mapped.join?.columns ?? [])] : [],
      ];
    }
    return [field, mapped];
  });
  return Object.fromEntries(entries);
}

function alertsIn({ alerts }: Expectation): readonly string[] {
  if (alerts === undefined) return [];
  return Array.isArray(alerts) ? alerts : Object.keys(alerts);
}
