/** Writes columns into `schema.yaml`, and keeps the comments and the order of the people who edit it. */
import { type Document, isMap, isScalar, type Pair, parseDocument, type Scalar, type YAMLMap } from 'yaml';
import { isAlike, type TableDifference } from './differences.ts';
import { KUSTO_TYPES, type KustoType } from './index.ts';

/** The edited file, and what was done with each column. */
export interface SchemaEdit {
  /** The file's new text; undefined if nothing changes. */
  readonly text: string | undefined;
  readonly added: readonly EditedColumn[];
  readonly replaced: readonly EditedColumn[];
  /** Columns that have another type in the file and keep it. */
  readonly kept: readonly EditedColumn[];
}

export interface EditedColumn {
  readonly table: string;
  readonly column: string;
  readonly type: KustoType;
  /** The type in the file before the edit. */
  readonly before: string | undefined;
}

const NEW_FILE = `# yaml-language-server: $schema=../schemas/schema.schema.json
# Tables and columns of your tenant, beside those that xdr-relay knows; "xdr-relay schema diff" shows what differs.
# "xdr-relay schema import" adds what an export of the portal has, "xdr-relay schema learn --write" what rows have. Edit it as you like.
# Types: ${KUSTO_TYPES.join(', ')}. "dynamic" is an object or a list.
tables: {}
`;

/**
 * Adds columns to the text of a schema file, or to a new one. Comments and order stay.
 *
 * @param text the text of a valid file; undefined if there is no file.
 * @param replace whether the new type replaces another type in the file.
 */
export function editOwnFile(
  text: string | undefined,
  tables: readonly TableDifference[],
  replace: boolean,
): SchemaEdit {
  const document = parseDocument(text ?? NEW_FILE);
  const edit = { added: [] as EditedColumn[], replaced: [] as EditedColumn[], kept: [] as EditedColumn[] };
  const root = mapIn(document, document.get('tables'), (map) => document.set('tables', map));
  if (root.items.length === 0) root.flow = false;
  for (const { table, columns } of tables) {
    const key = keyOf(root, table);
    const map = mapIn(document, root.get(key), (made) => root.set(key, made));
    for (const { column, type, known } of columns) {
      if (type === undefined) continue;
      const value = commented(document, type, known);
      const { what, before } = put(document, map, { column, type, value, replace });
      if (what !== 'alike') edit[what].push({ table: key, column, type, before });
    }
  }
  const changes = edit.added.length + edit.replaced.length > 0;
  return { text: changes ? document.toString({ lineWidth: 0 }) : undefined, ...edit };
}

interface NewColumn {
  readonly column: string;
  readonly type: KustoType;
  readonly value: Scalar;
  readonly replace: boolean;
}

/** Puts a column into a table's mapping. Without `replace`, a column that is there keeps its type. */
function put(
  document: Document,
  map: YAMLMap,
  { column, type, value, replace }: NewColumn,
): { readonly what: 'alike' | 'added' | 'replaced' | 'kept'; readonly before: string | undefined } {
  const pair = map.items.find((item) => nameOf(item) === column);
  if (pair === undefined) {
    map.add(document.createPair(column, value));
    return { what: 'added', before: undefined };
  }
  const before = isScalar(pair.value) ? String(pair.value.value) : undefined;
  if (KUSTO_TYPES.some((one) => one === before && isAlike(one, type))) return { what: 'alike', before };
  if (!replace) return { what: 'kept', before };
  // A comment behind the old type stays.
  if (isScalar(pair.value) && pair.value.comment) value.comment = pair.value.comment;
  pair.value = value;
  return { what: 'replaced', before };
}

/** Returns the value if it is a mapping; otherwise puts a new mapping in its place and returns that. */
function mapIn(document: Document, value: unknown, put: (map: YAMLMap) => void): YAMLMap {
  if (isMap(value)) return value;
  const map = document.createNode({}) as YAMLMap;
  put(map);
  return map;
}

/** The table's name as the file spells it. */
function keyOf(root: YAMLMap, table: string): string {
  const key = root.items.map(nameOf).find((name) => name.toLowerCase() === table.toLowerCase());
  return key ?? table;
}

function nameOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

function commented(document: Document, type: KustoType, known: KustoType | undefined): Scalar {
  const node = document.createNode(type) as Scalar;
  if (known !== undefined) node.comment = ` ${known} in the shipped schema`;
  return node;
}
