/** What one destination gets of a row besides what all get: the steps of `routes[].transform`, and metadata from columns. */
import type { Route, RouteShaper, Row, ShapedColumns, ShapeWriter } from '../shared/event.ts';
import type { JsonValue } from '../shared/json.ts';
import type { Metadata } from '../shared/metadata-template.ts';
import type { NamedTransform, Program, RouteSteps, TableProgram, TableRoute } from './program.ts';
import { SAMPLE_RATE, type Sample } from './sampling.ts';
import { type CompiledDetection, type RecordView, viewRow } from './sigma/index.ts';
import { ByteDraft, type Draft, ObjectDraft } from './transforms/draft.ts';
import { Work } from './work.ts';

/**
 * Runs steps on a draft, in order.
 *
 * @param record the row as Defender wrote it, which the conditions of steps are about; may be undefined where none has one
 * ({@link haveConditions}).
 */
export function runSteps(
  transform: readonly NamedTransform[],
  draft: Draft,
  record: RecordView | undefined,
): void {
  for (let at = 0; at < transform.length; at++) {
    const { verb, run, condition } = transform[at] as NamedTransform;
    draft.begin(verb);
    if (!condition || mayApply(condition, record, verb)) run(draft);
  }
}

/** Whether one of the steps has a condition. Most have none, and then nobody needs to make a view of the row. */
export function haveConditions(transform: readonly NamedTransform[]): boolean {
  for (let at = 0; at < transform.length; at++) if (transform[at]?.condition) return true;
  return false;
}

/** A step whose condition ran out of work before it saw a whole value runs: it may be there to remove something. */
function mayApply(condition: CompiledDetection, record: RecordView | undefined, verb: string): boolean {
  if (!record) throw new TypeError('a step with a condition needs a view of the row');
  const { work } = record;
  const { cuts } = work;
  work.subject = verb;
  return condition.matches(record) || work.cuts > cuts;
}

/**
 * The columns of one row by destination. What is made for one destination is an object of its own, that shares no change with those
 * of others: it is made of the row anew, by the table's steps and then by the route's.
 */
export class RowShaper implements RouteShaper {
  readonly #table: TableProgram;
  readonly #metadata: Program['metadata'];
  readonly #row: Row;
  /** Of all routes together: what a row may cost does not grow with the number of routes. */
  readonly #work = new Work();
  #record: RecordView | undefined;
  readonly #made = new Map<RouteSteps | TableRoute, ShapedColumns>();

  constructor({ metadata }: Pick<Program, 'metadata'>, table: TableProgram, row: Row) {
    this.#table = table;
    this.#metadata = metadata;
    this.#row = row;
  }

  columnsFor({ to, position, rule }: Route): ShapedColumns | undefined {
    const { routes, shaping } = this.#table;
    const route = position === undefined ? undefined : routes[position];
    const steps = position === undefined ? shaping?.get(to) : route?.steps;
    // An alert is one of all, and says nothing of a rate.
    const sample = rule ? undefined : route?.sample;
    const key = sample ? route : steps;
    if (!key) return undefined;
    const known = this.#made.get(key);
    if (known) return known;
    const made = this.#make(steps ?? NO_STEPS, sample);
    this.#made.set(key, made);
    return made;
  }

  metadataFor(
    { to, position }: Route,
    read: (column: string) => JsonValue | undefined,
  ): Metadata | undefined {
    const own = position === undefined ? undefined : this.#table.routes[position]?.metadata;
    return (own ?? this.#metadata.get(to))?.of(this.#row.table, read);
  }

  #view(): RecordView {
    this.#record ??= viewRow(this.#row, this.#table.sources);
    return this.#record;
  }

  #make({ transform, shapes }: RouteSteps, sample: Sample | undefined): ShapedColumns {
    const { bytes, properties } = this.#row;
    const steps = [...this.#table.transform, ...transform];
    const record = haveConditions(steps) ? this.#view() : undefined;
    if (bytes) {
      const draft = new ByteDraft(bytes, this.#work);
      runSteps(steps, draft, record);
      if (sample) draft.set(SAMPLE_RATE, sample.rate);
      return new SplicedShaped(draft, this.#row, shapes);
    }
    const draft = new ObjectDraft(properties, this.#work);
    runSteps(steps, draft, record);
    if (sample) draft.set(SAMPLE_RATE, sample.rate);
    return { event: draft.columns, ...(shapes && { shapes }) };
  }
}

const NO_STEPS: RouteSteps = { transform: [], shapes: undefined };

/** Columns that stay bytes: their object is made when it is asked for. */
class SplicedShaped implements ShapedColumns {
  readonly columns: ByteDraft;
  declare readonly shapes?: ShapeWriter;
  readonly #row: Row;
  #event: ShapedColumns['event'] | undefined;

  constructor(columns: ByteDraft, row: Row, shapes: ShapeWriter | undefined) {
    this.columns = columns;
    this.#row = row;
    if (shapes) this.shapes = shapes;
  }

  get event(): ShapedColumns['event'] {
    this.#event ??= this.columns.object(this.#row.properties);
    return this.#event;
  }
}
