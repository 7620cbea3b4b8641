/** The events that the rows of one table become in one shape. */
import type { ByteWriter } from '../../shared/byte-writer.ts';
import type { EnvelopeHead, MappedShape, SplicedColumns } from '../../shared/event.ts';
import { groupText } from '../../shared/group-text.ts';
import type { JsonObject } from '../../shared/json.ts';
import type { DetectionReads } from '../columns/detection-reads.ts';
import type { CurrentNames } from './current-names.ts';
import { ecsDialect } from './ecs/event.ts';
import { ecsRoot } from './ecs/schema.ts';
import { writeOpen } from './filling.ts';
import { type Filled, Form } from './form.ts';
import { ocsfDialect } from './ocsf/event.ts';
import { type OcsfClass, ocsfClass, ocsfRoot } from './ocsf/schema.ts';
import { EMPTY_PART, over, type Part, type Plan } from './plan.ts';
import { columnsReadBy } from './plan-columns.ts';
import { ParsedRow, type RowReader, SplicedRow } from './row-reader.ts';
import { type ObjectType, typeAt } from './vocabulary.ts';
import type { Way } from './way.ts';

const FALLBACK = 'base_event';
const FINDING = 'detection_finding';
/** Where the event came from, among the custom values. */
const OWN_MEMBER = 'xdr_relay';
/** More kinds of rows of one action, and more spellings of actions, are not kept. */
const MOST_KINDS = 512;
/** Longer spellings are not kept. UTF-16 units. */
const LONGEST_ACTION = 256;

/** What stands around the columns without a place of their own, and where the row came from. */
const AROUND: Readonly<
  Record<
    MappedShape,
    { readonly before: string; readonly between: string; readonly after: string; readonly end: string }
  >
> = {
  ecs: { before: ',"microsoft":{"defender_xdr":{', between: '', after: `}},"${OWN_MEMBER}":`, end: '}' },
  ocsf: { before: ',"unmapped":{', between: ',', after: `"${OWN_MEMBER}":`, end: '}}' },
};

/** Told where OCSF's base_event had to be taken though the mapping names a class, with the row's ActionType. */
type OnFallbackOf = (action: string) => void;

/** An event that was made of a row. */
export interface Made {
  readonly form: Form;
  readonly filled: Filled;
  /** OCSF: the class; ECS: undefined. */
  readonly className: string | undefined;
}

export interface ShapeOptions {
  readonly shape: MappedShape;
  readonly plan: Plan;
  /** Where the steps of the table file left the columns. */
  readonly names: CurrentNames;
}

type Forms = readonly { readonly form: Form; readonly className: string | undefined }[];

/** The forms of the rows of one action, by the cases that match. */
interface Kinds {
  /** A key of the plan's actions, or `*`. */
  readonly action: string;
  readonly events: Map<number, Forms>;
  readonly alerts: Map<number, Forms>;
}

/** The compiled mapping of one table in one shape. Forms are compiled for the first row of their kind. */
export class TableShape {
  readonly #options: ShapeOptions;
  /** By action in lower case, as in the plan. */
  readonly #kinds = new Map<string, Kinds>();
  /** The same by the actions as rows spell them. */
  readonly #bySpelling = new Map<string, Kinds>();
  readonly #keyTexts = new Map<string, string>();

  constructor(options: ShapeOptions) {
    this.#options = options;
  }

  /** The event as JSON text. Never throws on any row. */
  text(event: JsonObject, head: EnvelopeHead, onFallback?: OnFallbackOf): string {
    const row = this.#parsed(event);
    const { form, filled } = this.#open(row, head, onFallback);
    const { before, between, after, end } = AROUND[this.#options.shape];
    const others = this.#othersText(event, row.namesOf(filled.placed, filled.placedCount));
    return `${form.template.openText(filled)}${before}${others}${others === '' ? '' : between}${after}${originText(head)}${end}`;
  }

  /** Writes the same of columns that are changes to a row's bytes, without making their object. */
  write(
    row: SplicedColumns,
    head: EnvelopeHead,
    { writer, onFallback }: { readonly writer: ByteWriter; readonly onFallback?: OnFallbackOf | undefined },
  ): void {
    const { names, plan, shape } = this.#options;
    const { columns } = row;
    // A column of the row has the name of our own: this is rare enough for the plain way.
    if (shape === 'ocsf' && columns.placeOf(OWN_MEMBER) >= 0) {
      writer.text(this.text(row.event, head, onFallback));
      return;
    }
    const reader = new SplicedRow(row, names, plan.sources);
    const { form, filled } = this.#open(reader, head, onFallback);
    const { before: behind, between, after, end } = AROUND[shape];
    const { filling, values, copies, placed, placedCount } = filled;
    writeOpen(form.template, { filling, values, copies, bytes: columns.bytes }, { writer, behind });
    const hasOthers = columns.writeOthers(writer, reader.taken(placed, placedCount));
    writer.text(`${hasOthers ? between : ''}${after}${originText(head)}${end}`);
  }

  #open(row: RowReader, head: EnvelopeHead, onFallback: OnFallbackOf | undefined): Made {
    const made = this.#make(row, head);
    if (onFallback && made.className === FALLBACK && this.#hasClass) {
      const action = row.column('ActionType');
      onFallback(typeof action === 'string' ? action : '');
    }
    return made;
  }

  get #hasClass(): boolean {
    const { class: named } = this.#options.plan.base;
    return named !== undefined && named.name !== FALLBACK;
  }

  /** The columns that the mapping gives a place, or looks at. Others stay where custom values are. */
  columnsRead(): DetectionReads {
    return columnsReadBy(this.#options.plan);
  }

  /** The event of a row, before it is written. @param used gets the ways that brought a value. */
  make(event: JsonObject, head: EnvelopeHead, used?: Way[]): Made {
    return this.#make(this.#parsed(event), head, used);
  }

  #parsed(event: JsonObject): ParsedRow {
    return new ParsedRow(event, this.#options.names, this.#options.plan.sources);
  }

  #make(row: RowReader, head: EnvelopeHead, used?: Way[]): Made {
    for (const { form, className } of this.#forms(row, head.rule !== undefined)) {
      used?.splice(0);
      const filled = form.fill(row, head, used);
      if (filled) return { form, filled, className };
    }
    throw new TypeError(`${this.#options.plan.table}: no form takes every row`);
  }

  /** The columns that found no place, or not unchanged, as members. @param placed the current names of the others. */
  #othersText(event: JsonObject, placed: ReadonlySet<string>): string {
    const { shape } = this.#options;
    let text = '';
    for (const name of Object.keys(event)) {
      const value = event[name];
      if (value === undefined || value === null || value === '' || placed.has(name)) continue;
      const key = name === OWN_MEMBER && shape === 'ocsf' ? freeName(event) : name;
      text += `${text === '' ? '' : ','}${this.#keyText(key)}${JSON.stringify(value)}`;
    }
    return text;
  }

  #keyText(name: string): string {
    let text = this.#keyTexts.get(name);
    if (text === undefined) {
      text = `${JSON.stringify(name)}:`;
      if (this.#keyTexts.size < MOST_KINDS) this.#keyTexts.set(name, text);
    }
    return text;
  }

  #forms(row: RowReader, isAlert: boolean): Forms {
    const { cases } = this.#options.plan;
    const action = row.column('ActionType');
    const of = this.#kindsOf(typeof action === 'string' ? action : '');
    let matching = 0;
    for (let index = 0; index < cases.length; index++) {
      const condition = cases[index]?.condition;
      if (condition && row.matches(condition)) matching |= 1 << index;
    }
    const kinds = isAlert ? of.alerts : of.events;
    const before = kinds.get(matching);
    if (before) return before;
    const made = this.#compile(of.action, matching, isAlert);
    if (kinds.size < MOST_KINDS) kinds.set(matching, made);
    return made;
  }

  /** The kinds of rows of an action. The files name few actions, and spellings come out of rows: those are kept as long as they are few. */
  #kindsOf(spelt: string): Kinds {
    const known = this.#bySpelling.get(spelt);
    if (known) return known;
    const { actions } = this.#options.plan;
    const key = spelt.toLowerCase();
    const action = actions.has(key) ? key : '*';
    const kinds = this.#kinds.get(action) ?? { action, events: new Map(), alerts: new Map() };
    this.#kinds.set(action, kinds);
    if (this.#bySpelling.size >= MOST_KINDS) this.#bySpelling.clear();
    if (spelt.length <= LONGEST_ACTION) this.#bySpelling.set(spelt, kinds);
    return kinds;
  }

  #compile(action: string, matching: number, isAlert: boolean): Forms {
    const { plan, shape, names } = this.#options;
    const part = partOf(plan, action, matching);
    const of = { table: plan.table, names };
    if (shape === 'ecs') return [{ form: ecsForm(of, part), className: undefined }];
    if (isAlert) return [ocsfAlert(of, part), ocsfForm(of, part, FALLBACK)].flat();
    const chain = [part, ...plan.otherwise.map((next) => over(part, next))];
    return [
      ...chain.flatMap((one) => ocsfForm(of, one, one.class?.name ?? FALLBACK)),
      ...ocsfForm(of, part, FALLBACK),
    ];
  }
}

/** The part that holds for rows of an action and of the matching cases. */
export function partOf(plan: Plan, action: string, matching: number): Part {
  let part = over(plan.base, plan.actions.get(action) ?? plan.actions.get('*') ?? EMPTY_PART);
  for (const [index, one] of plan.cases.entries()) if (matching & (1 << index)) part = over(part, one.part);
  return part;
}

interface FormOf {
  readonly table: string;
  readonly names: CurrentNames;
}

function ecsForm({ table, names }: FormOf, part: Part): Form {
  return new Form({ root: ecsRoot(), part, dialect: ecsDialect(table), pathIn: (path) => path, names });
}

/** The form of a class, without the fields that the class lacks. Empty where there is no such class. */
function ocsfForm({ table, names }: FormOf, part: Part, className: string): Forms {
  const of = ocsfClass(className);
  if (!of) return [];
  const root = ocsfRoot(of);
  // The fallback takes every row: what belongs to a profile that asks for more has no place in it.
  const asking = className === FALLBACK ? profilesThatAsk(of) : new Set<string | undefined>();
  const pathIn = (path: string) =>
    typeAt(root, path).kind === 'unknown' || profilesOn(root, path).some((profile) => asking.has(profile))
      ? undefined
      : path;
  return [{ form: new Form({ root, part, dialect: ocsfDialect(of, table), pathIn, names }), className }];
}

/** The profiles of the members along a path. */
function profilesOn(root: ObjectType, path: string): readonly string[] {
  const profiles: string[] = [];
  let current: ReturnType<ObjectType['child']> = root;
  for (const name of path.split('.')) {
    if (current?.kind !== 'object') break;
    const profile = current.profileOf?.(name);
    if (profile !== undefined) profiles.push(profile);
    current = current.child(name);
  }
  return profiles;
}

function profilesThatAsk({ attributes }: OcsfClass): ReadonlySet<string | undefined> {
  return new Set(
    [...attributes.values()].flatMap(({ profile, isRequired }) => (isRequired ? (profile ?? []) : [])),
  );
}

/** An alert: what the row's own class has, as evidence of a finding. */
function ocsfAlert({ table, names }: FormOf, part: Part): Forms {
  const of = ocsfClass(FINDING);
  if (!of) return [];
  const root = ocsfRoot(of);
  const evidence = root.child('evidences');
  const pathIn = (path: string) =>
    evidencePath(path, root, evidence?.kind === 'object' ? evidence : undefined);
  // The constants of the row's own class say nothing of the finding.
  const own: Part = { ...part, set: new Map([...part.set].filter(([path]) => path.includes('.'))) };
  return [
    {
      form: new Form({ root, part: own, dialect: ocsfDialect(of, table), pathIn, names }),
      className: FINDING,
    },
  ];
}

function evidencePath(path: string, root: ObjectType, evidence: ObjectType | undefined): string | undefined {
  const isOfFinding = /^(?:device|cloud|evidences|metadata|time|start_time|end_time|count)(?:\.|$)/.test(
    path,
  );
  if (isOfFinding) return typeAt(root, path).kind === 'unknown' ? undefined : path;
  const inside = evidence && typeAt(evidence, path).kind !== 'unknown';
  return inside ? `evidences.${path}` : undefined;
}

/** Under which name a row's own column `xdr_relay` stands beside ours, so that neither replaces the other. */
function freeName(event: JsonObject): string {
  let name = `${OWN_MEMBER}_`;
  while (Object.hasOwn(event, name)) name += '_';
  return name;
}

/** Where the event came from, and what an alert's rule saw, as JSON: fields of our own. */
function originText(head: EnvelopeHead): string {
  const { source, rule, group } = head;
  const alert = rule
    ? JSON.stringify({
        event_id: head.id,
        ...(group && { group: groupText(group) }),
        ...(rule.matched && rule.matched.length > 0
          ? { matched: rule.matched.map(({ column, value }) => ({ column, value })) }
          : {}),
      })
    : '{}';
  return `${placeText(source)},"offset":${source.offset}${alert === '{}' ? '}' : `,${alert.slice(1)}`}`;
}

/** The beginning of the last row's origin: rows of a blob come one behind the other. */
let lastPlace:
  | { readonly name: string | undefined; readonly blob: string; readonly text: string }
  | undefined;

function placeText({ name, blob }: EnvelopeHead['source']): string {
  if (lastPlace?.blob !== blob || lastPlace.name !== name) {
    const text = JSON.stringify({ ...(name === undefined ? {} : { source: name }), blob });
    lastPlace = { name, blob, text: text.slice(0, -1) };
  }
  return lastPlace.text;
}
