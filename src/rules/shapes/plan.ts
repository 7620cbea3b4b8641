/** What the mapping files say of one table, with the user's file laid over the shipped one: parts that can be laid over each other. */
import type { Diagnostic, Mistake } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import type { Path } from '../../diagnostics/path.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { OpenRuleFile } from '../open-rule-file.ts';
import { type ColumnLookup, columnLookup, type Schema, type TableSchema } from '../schema/index.ts';
import type { Variables } from '../sigma/index.ts';
import { type CompiledDetection, compileDetection, FieldSources } from '../sigma/index.ts';
import { unknownColumn, unknownTable, wrongActionType } from '../unknown-names.ts';
import type { PartEntry, PlacementEntry, ShapeGroups, ShapeMapping } from './mapping-file.ts';

/** Where in the files a placement or a constant stands. */
export interface Origin {
  readonly file: OpenRuleFile;
  readonly path: Path;
}

export interface Placement {
  readonly entry: PlacementEntry;
  readonly to: readonly string[];
  readonly condition: CompiledDetection | undefined;
  readonly origin: Origin;
}

export interface Constant {
  readonly value: JsonValue;
  readonly origin: Origin;
}

/** Some columns and constants; later parts are laid over earlier ones. */
export interface Part {
  readonly class: { readonly name: string; readonly origin: Origin } | undefined;
  readonly set: ReadonlyMap<string, Constant>;
  readonly defaults: ReadonlyMap<string, Constant>;
  /** No placement: the column stays where custom values are. */
  readonly columns: ReadonlyMap<string, readonly Placement[]>;
  /** Two objects that change places. */
  readonly swap: { readonly pair: readonly [string, string]; readonly origin: Origin } | undefined;
}

export interface Case {
  readonly title: string;
  readonly condition: CompiledDetection;
  readonly part: Part;
}

/** All that the files say of one table in one shape. */
export interface Plan {
  /** Spelt as the schema spells it. */
  readonly table: string;
  readonly base: Part;
  /** By ActionType in lower case; `*` for all that are not listed. */
  readonly actions: ReadonlyMap<string, Part>;
  readonly cases: readonly Case[];
  readonly otherwise: readonly Part[];
  /** The fields that conditions read. */
  readonly sources: FieldSources;
}

export const EMPTY_PART: Part = {
  class: undefined,
  set: new Map(),
  defaults: new Map(),
  columns: new Map(),
  swap: undefined,
};

/** `later` over `earlier`: by class, field and column. */
export function over(earlier: Part, later: Part): Part {
  return {
    class: later.class ?? earlier.class,
    set: new Map([...earlier.set, ...later.set]),
    defaults: new Map([...earlier.defaults, ...later.defaults]),
    columns: new Map([...earlier.columns, ...later.columns]),
    swap: later.swap ?? earlier.swap,
  };
}

export interface OpenMapping {
  readonly file: OpenRuleFile;
  readonly content: ShapeMapping;
}

export interface OpenGroups {
  readonly file: OpenRuleFile;
  readonly content: ShapeGroups;
}

export interface PlanContext {
  readonly schema: Schema;
  readonly variables: Variables;
  readonly report: (diagnostic: Diagnostic) => void;
}

/**
 * The plan of a table from its files, the shipped one first. Reports unknown tables, columns and groups, and wrong conditions.
 *
 * @param groups the groups files, the shipped one first: a group of the user's extends the shipped one of that name.
 */
export function planOf(
  layers: readonly OpenMapping[],
  groups: readonly OpenGroups[],
  context: PlanContext,
): Plan {
  const [first] = layers;
  const named = first?.content.table ?? '';
  const schema = context.schema.find(named);
  for (const { file, content } of layers) {
    if (context.schema.find(content.table)) continue;
    const mistake = unknownTable(content.table, context.schema.tableNames);
    file.report({ ...mistake, severity: 'warning', path: ['table'] });
  }
  const sources = new FieldSources();
  const reader = partReader(schema, sources, context);
  let base = EMPTY_PART;
  const actions = new Map<string, Part>();
  const cases: Case[] = [];
  let otherwise: readonly Part[] = [];
  for (const { file, content } of layers) {
    for (const [index, name] of (content.use ?? []).entries()) {
      base = over(base, groupPart(name, groups, reader, { file, path: ['use', index] }));
    }
  }
  for (const { file, content } of layers) {
    base = over(base, reader.part(content, { file, path: [] }));
    for (const [action, entry] of Object.entries(content.actions ?? {})) {
      const key = action.toLowerCase();
      reportAction(action, schema, file);
      const part = reader.part(entry, { file, path: ['actions', action] });
      actions.set(key, over(actions.get(key) ?? EMPTY_PART, part));
    }
    for (const [index, entry] of (content.cases ?? []).entries()) {
      const path: Path = ['cases', index];
      const condition = reader.condition({ file, path: [...path, 'when'] });
      const part = reader.part(entry, { file, path });
      if (condition) cases.push({ title: entry.title, condition, part });
    }
    const given = content.otherwise?.map((entry, index) =>
      reader.part(entry, { file, path: ['otherwise', index] }),
    );
    otherwise = given ?? otherwise;
  }
  return { table: schema?.table ?? named, base, actions, cases, otherwise, sources };
}

/** The plan of a table that no file maps. */
export function emptyPlan(table: string): Plan {
  return {
    table,
    base: EMPTY_PART,
    actions: new Map(),
    cases: [],
    otherwise: [],
    sources: new FieldSources(),
  };
}

function groupPart(name: string, files: readonly OpenGroups[], reader: PartReader, origin: Origin): Part {
  let part = EMPTY_PART;
  let found = false;
  for (const { file, content } of files) {
    const entry = Object.hasOwn(content.groups, name) ? content.groups[name] : undefined;
    if (entry === undefined) continue;
    found = true;
    part = over(part, reader.part(entry, { file, path: ['groups', name] }));
  }
  if (!found) {
    const names = files.flatMap(({ content }) => Object.keys(content.groups));
    origin.file.report({ ...unknownGroup(name, names), path: origin.path });
  }
  return part;
}

function unknownGroup(name: string, names: readonly string[]): Mistake {
  const hint = didYouMean(name, names) ?? 'groups stand in groups.yaml beside the table files of the shape';
  return { code: 'unknown-group', message: `no group is named "${name}"`, hint };
}

function reportAction(action: string, schema: TableSchema | undefined, file: OpenRuleFile): void {
  const mistake = schema && action !== '*' ? wrongActionType(schema.table, action) : undefined;
  if (mistake) file.report({ ...mistake, severity: 'warning', path: ['actions', action], atKey: true });
}

interface PartReader {
  part(entry: PartEntry, at: Origin): Part;
  condition(at: Origin): CompiledDetection | undefined;
}

function partReader(
  schema: TableSchema | undefined,
  sources: FieldSources,
  context: PlanContext,
): PartReader {
  const lookup: ColumnLookup | undefined = schema && columnLookup(schema);
  const isGroups = (path: Path) => path[0] === 'groups';
  const condition = ({ file, path }: Origin): CompiledDetection | undefined => {
    const node = file.node(path);
    if (!node) return undefined;
    const { report, variables } = context;
    return compileDetection(node, {
      file: file.path,
      lines: file.lines,
      columns: lookup,
      variables,
      sources,
      isStrict: true,
      at: path,
      report,
    });
  };
  /** A group may name columns that only some of its tables have. */
  const need = (name: string, { file, path }: Origin, atKey: boolean) => {
    const column = name.split('.')[0] ?? name;
    if (schema === undefined || schema.columns.has(column) || isGroups(path)) return;
    const mistake = unknownColumn(schema.table, column, didYouMean(column, schema.columns.keys()));
    file.report({ ...mistake, path, atKey });
  };
  const placement = (entry: string | PlacementEntry, at: Origin): Placement | undefined => {
    if (typeof entry === 'string')
      return { entry: { to: entry }, to: [entry], condition: undefined, origin: at };
    const to = typeof entry.to === 'string' ? [entry.to] : entry.to;
    for (const [index, name] of (entry.join?.columns ?? []).entries()) {
      need(name, { ...at, path: [...at.path, 'join', 'columns', index] }, false);
    }
    if (entry.when === undefined) return { entry, to, condition: undefined, origin: at };
    const compiled = condition({ ...at, path: [...at.path, 'when'] });
    return compiled && { entry, to, condition: compiled, origin: at };
  };
  const constants = (given: Readonly<Record<string, unknown>> | undefined, at: Origin) =>
    new Map(
      Object.entries(given ?? {}).map(([path, value]) => [
        path,
        { value: value as JsonValue, origin: { ...at, path: [...at.path, path] } },
      ]),
    );
  const columnsOf = (entry: PartEntry, { file, path }: Origin) =>
    new Map(
      Object.entries(entry.columns ?? {}).map(([column, given]): readonly [string, readonly Placement[]] => {
        const at = { file, path: [...path, 'columns', column] };
        need(column, at, true);
        if (given === null) return [column, []];
        if (!Array.isArray(given)) return [column, [placement(given, at) ?? []].flat()];
        return [
          column,
          given.flatMap((one, index) => placement(one, { file, path: [...at.path, index] }) ?? []),
        ];
      }),
    );
  return {
    condition,
    part: (entry, at) => ({
      class:
        entry.class === undefined
          ? undefined
          : { name: entry.class, origin: { ...at, path: [...at.path, 'class'] } },
      set: constants(entry.set, { ...at, path: [...at.path, 'set'] }),
      defaults: constants(entry.defaults, { ...at, path: [...at.path, 'defaults'] }),
      columns: columnsOf(entry, at),
      swap: entry.swap && { pair: entry.swap, origin: { ...at, path: [...at.path, 'swap'] } },
    }),
  };
}
