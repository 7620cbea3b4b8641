/** The mappings of a rule set: the shipped files, with the user's laid over them. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ByteWriter } from '../../shared/byte-writer.ts';
import type { EnvelopeHead, MappedShape, ShapeWriter, SplicedColumns } from '../../shared/event.ts';
import type { JsonObject } from '../../shared/json.ts';
import { checkRuleFile, type OpenRuleFile, openRuleFile, RULE_FILES } from '../open-rule-file.ts';
import type { RuleFile } from '../rule-file.ts';
import type { Schema } from '../schema/index.ts';
import type { Variables } from '../sigma/index.ts';
import { checkPlan } from './check.ts';
import { currentNames } from './current-names.ts';
import { groupsFileOfShape, mappingFileOfShape } from './mapping-file.ts';
import { emptyPlan, type OpenGroups, type OpenMapping, type Plan, planOf } from './plan.ts';
import { SHIPPED_MAPPINGS } from './shipped.ts';
import { TableShape } from './table-shape.ts';

export const MAPPED_SHAPES: readonly MappedShape[] = ['ecs', 'ocsf'];

type Steps = readonly Readonly<Record<string, unknown>>[];
type Report = (diagnostic: Diagnostic) => void;

/** Told when an OCSF event had to be a base_event though the mapping names a class for its table. */
export type OnFallback = (table: string, action: string) => void;

export interface ShapesContext {
  readonly schema: Schema;
  readonly variables: Variables;
  readonly report: Report;
  /** The steps of the table files, by table in lower case. */
  readonly steps: ReadonlyMap<string, Steps>;
  readonly onFallback?: OnFallback | undefined;
}

/** Categories come out of rows: nobody is to fill the memory with them. */
const MOST_TABLES = 1_000;

/**
 * Reads and checks the user's mapping files: `shapes/<shape>/<Table>.yaml` and `shapes/<shape>/groups.yaml` in `transforms/`. The
 * shipped files are read when a row of their table first asks, so that they cost nothing where no destination has their shape.
 */
export function compileShapes(files: readonly RuleFile[], context: ShapesContext): Shapes {
  // A clone's own folder has the shipped files too.
  const own = files.filter(({ path, text }) => SHIPPED_MAPPINGS[path] !== text);
  const shapes = new Shapes(own, { ...context, report: onceEach(context.report) });
  shapes.checkOwn();
  return shapes;
}

/** A mistake in a group concerns several tables. */
function onceEach(report: Report): Report {
  const told = new Set<string>();
  return (diagnostic) => {
    const key = JSON.stringify(diagnostic);
    if (!told.has(key)) report(diagnostic);
    told.add(key);
  };
}

/** The mappings of a rule set. What they compile for a first row stays. */
export class Shapes implements ShapeWriter {
  readonly #layers: ReadonlyMap<MappedShape, Layers>;
  readonly #context: ShapesContext;
  readonly #renamed = new Map<string, NonNullable<EnvelopeHead['renamed']>>();
  readonly #tables: Readonly<Record<MappedShape, Map<string, TableShape>>> = {
    ecs: new Map(),
    ocsf: new Map(),
  };

  /** @param of what is read already: shapes that differ in the steps only share it. */
  constructor(own: readonly RuleFile[], context: ShapesContext, of?: Shapes) {
    this.#context = context;
    this.#layers = of
      ? of.#layers
      : new Map(MAPPED_SHAPES.map((shape) => [shape, new Layers(shape, own, context)]));
  }

  /** The shapes of rows of a table that pass further steps, which rename columns, after the table's own. */
  behind(table: string, further: Steps): Shapes {
    const key = table.toLowerCase();
    const steps = new Map(this.#context.steps);
    steps.set(key, [...(steps.get(key) ?? []), ...further]);
    return new Shapes([], { ...this.#context, steps }, this);
  }

  text(shape: MappedShape, event: JsonObject, head: EnvelopeHead): string {
    return this.of(shape, head.table).text(event, head, this.#onFallback(head));
  }

  write(shape: MappedShape, row: SplicedColumns, head: EnvelopeHead, writer: ByteWriter): void {
    this.of(shape, head.table).write(row, head, { writer, onFallback: this.#onFallback(head) });
  }

  #onFallback({ table }: EnvelopeHead): ((action: string) => void) | undefined {
    const { onFallback } = this.#context;
    return onFallback && ((action) => onFallback(table, action));
  }

  renamed(table: string): EnvelopeHead['renamed'] {
    const key = table.toLowerCase();
    const steps = this.#context.steps.get(key);
    if (steps === undefined) return undefined;
    let known = this.#renamed.get(key);
    if (known === undefined) {
      const names = [...currentNames(steps)].map(([origin, name]) => [origin, name ?? null] as const);
      known = Object.fromEntries(names);
      this.#renamed.set(key, known);
    }
    return Object.keys(known).length === 0 ? undefined : known;
  }

  hasColumn(table: string, column: string): boolean | undefined {
    return this.#context.schema.find(table)?.columns.has(column);
  }

  /** The mapping of a table; one without fields of its own where no file has it. */
  of(shape: MappedShape, table: string): TableShape {
    const tables = this.#tables[shape];
    const known = tables.get(table);
    if (known) return known;
    const plan = this.#layers.get(shape)?.plan(table) ?? emptyPlan(table);
    const names = currentNames(this.#context.steps.get(table.toLowerCase()) ?? []);
    const made = new TableShape({ shape, plan, names });
    if (tables.size < MOST_TABLES) tables.set(table, made);
    return made;
  }

  /** Compiles what the user's files concern, so that their mistakes are reported. */
  checkOwn(): void {
    for (const layers of this.#layers.values()) layers.checkOwn();
  }
}

/** The files of one shape. */
class Layers {
  readonly #shape: MappedShape;
  readonly #context: ShapesContext;
  readonly #own: ReadonlyMap<string, readonly OpenMapping[]>;
  readonly #ownGroups: readonly OpenGroups[];
  readonly #plans = new Map<string, Plan | undefined>();
  #shippedGroups: readonly OpenGroups[] | undefined;

  constructor(shape: MappedShape, own: readonly RuleFile[], context: ShapesContext) {
    this.#shape = shape;
    this.#context = context;
    const mine = own.filter(({ path }) => path.startsWith(folderOf(shape)));
    this.#ownGroups = mine.filter(isGroups).flatMap((file) => openGroups(file, context.report));
    const mappings = mine.filter((file) => !isGroups(file)).flatMap((file) => openMapping(file, context));
    this.#own = Map.groupBy(mappings, ({ content }) => content.table.toLowerCase());
  }

  /** The plan of a table; undefined where no file has it. */
  plan(table: string): Plan | undefined {
    const key = table.toLowerCase();
    if (this.#plans.has(key)) return this.#plans.get(key);
    const shipped = shippedPaths(this.#shape).get(key);
    const layers = [
      ...(shipped === undefined ? [] : openMapping(shippedFile(shipped), this.#context)),
      ...(this.#own.get(key) ?? []),
    ];
    const plan = layers.length === 0 ? undefined : planOf(layers, this.#groups(), this.#context);
    if (plan && this.#isOwn(key)) {
      const own = new Set([...(this.#own.get(key) ?? []), ...this.#ownGroups].map(({ file }) => file));
      checkPlan(plan, this.#shape, (file) => own.has(file));
    }
    if (this.#plans.size < MOST_TABLES) this.#plans.set(key, plan);
    return plan;
  }

  checkOwn(): void {
    const all = this.#ownGroups.length > 0 ? shippedPaths(this.#shape).keys() : [];
    for (const table of new Set([...all, ...this.#own.keys()])) this.plan(table);
  }

  #isOwn(key: string): boolean {
    return this.#ownGroups.length > 0 || this.#own.has(key);
  }

  #groups(): readonly OpenGroups[] {
    this.#shippedGroups ??= openGroups(
      shippedFile(`${folderOf(this.#shape)}groups.yaml`),
      this.#context.report,
    );
    return [...this.#shippedGroups, ...this.#ownGroups];
  }
}

function folderOf(shape: MappedShape): string {
  return `shapes/${shape}/`;
}

function isGroups({ path }: RuleFile): boolean {
  return /\/groups\.ya?ml$/.test(path);
}

function shippedFile(path: string): RuleFile {
  return { path, text: SHIPPED_MAPPINGS[path] ?? '' };
}

/** The paths of the shipped mappings by table in lower case. */
function shippedPaths(shape: MappedShape): ReadonlyMap<string, string> {
  let known = pathsByShape.get(shape);
  if (!known) {
    const folder = folderOf(shape);
    const paths = Object.keys(SHIPPED_MAPPINGS).filter(
      (path) => path.startsWith(folder) && !path.endsWith('/groups.yaml'),
    );
    known = new Map(paths.map((path) => [path.slice(folder.length, -'.yaml'.length).toLowerCase(), path]));
    pathsByShape.set(shape, known);
  }
  return known;
}

const pathsByShape = new Map<MappedShape, ReadonlyMap<string, string>>();

function openGroups(source: RuleFile, report: Report): OpenGroups[] {
  const file = openRuleFile(source, RULE_FILES.groups, report);
  const content = file && checkRuleFile(file, groupsFileOfShape, file.data);
  return file && content ? [{ file, content }] : [];
}

function openMapping(
  source: RuleFile,
  { report, schema }: Pick<ShapesContext, 'report' | 'schema'>,
): OpenMapping[] {
  const file = openRuleFile(source, RULE_FILES.shape, report);
  const content = file && checkRuleFile(file, mappingFileOfShape, file.data);
  if (!file || !content) return [];
  reportName(file, schema.find(content.table)?.table ?? content.table);
  return [{ file, content }];
}

function reportName(file: OpenRuleFile, table: string): void {
  const name = file.path.replace(/^.*\//, '').replace(/\.ya?ml$/, '');
  if (name.toLowerCase() === table.toLowerCase()) return;
  const message = `the file is named "${name}", its table "${table}"`;
  const hint = `rename the file to ${table}.yaml`;
  file.report({ severity: 'warning', code: 'file-name', path: ['table'], message, hint });
}
