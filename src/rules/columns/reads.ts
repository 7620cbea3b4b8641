/** Finds out what reads the columns of a table: from the compiled rules, and from what destinations make of rows. */
import { columnsOfAlerts } from '../../alerts/read-columns.ts';
import type { RuleRef } from '../../shared/event.ts';
import type { MetadataTemplates } from '../../shared/metadata-template.ts';
import { columnsOfTitle } from '../../shared/title-template.ts';
import { tableOf } from '../evaluate.ts';
import { DEVICE_COLUMNS, DEVICE_TABLE } from '../lists/device-list.ts';
import type { NamedTransform, Program, TableDetection, TableProgram } from '../program.ts';
import type { CorrelationRule, DestinationReading, RuleContext } from '../ruleset.ts';
import type { Schema } from '../schema/index.ts';
import type { CorrelationFeed } from '../sigma/index.ts';
import type { CompiledDetection } from '../sigma/types.ts';
import { detectionReads, sourceColumns } from './detection-reads.ts';
import { pathsOf } from './paths.ts';
import { READER_KINDS, type ReaderKind, type Readers, type TableUse } from './use.ts';

/** What names an event in Defender, so that a person finds it there again, and what every search begins with. */
const IDENTITY_COLUMNS = [
  'ReportId',
  'DeviceId',
  'DeviceName',
  'ActionType',
  'AlertId',
  'NetworkMessageId',
  'AccountObjectId',
  'AccountUpn',
  'MachineGroup',
] as const;
/** By which a row's time is known. */
const TIME = 'Timestamp';
/** Tables in which Defender describes its own alerts: all people who are told of alerts get their rows. */
const DEFENDER_TABLES: ReadonlySet<string> = new Set(['AlertInfo', 'AlertEvidence']);
/** Names of readers of one kind that are kept. */
const EXAMPLES = 3;

/** What is asked about: the rules, and what stands around them. */
export interface ReadBy {
  readonly program: Program;
  /** The tables that are known, with what rule files add. */
  readonly schema: Schema;
  readonly context: Pick<RuleContext, 'reading'>;
}

/** What reads the columns of a table. The letter case of the table's name does not matter. */
export function tableUse(of: ReadBy, table: string): TableUse {
  const { program, schema } = of;
  const own = tableOf(program, table);
  const known = schema.find(table);
  const name = known?.table ?? (own.table || table);
  const found = new Found();
  addRules(found, own);
  const { to, rules, isAlerting } = addAlerts(found, own, program);
  addSteps(found, own);
  for (const route of own.routes) to.add(route.to);
  addDestinations(found, { name, to, isAlerting: isAlerting || rules.size > 0 }, of);
  for (const column of IDENTITY_COLUMNS) found.add('identity', '', column);
  found.add('relay', '', TIME);
  if (program.devices && name === DEVICE_TABLE) {
    for (const column of ['DeviceId', ...DEVICE_COLUMNS]) found.add('relay', 'the list of devices', column);
  }
  return found.use({ name, columns: new Set(known?.columns.keys()), isKnown: known !== undefined }, own);
}

/** The conditions of filters, routes, samples and rules. */
function addRules(found: Found, { filters, routes, detections }: TableProgram): void {
  for (const { title, detection } of filters) found.addDetection('filter', title, detection);
  for (const { to, detection, sample } of routes) {
    if (detection) found.addDetection('route', `to ${to}`, detection);
    if (sample?.by !== undefined) found.add('sample', `of the route to ${to}`, sample.by);
  }
  for (const { compiled, rule, feeds } of detections) {
    found.addDetection('rule', rule.title, compiled.detection);
    for (const { of, detection } of compiled.narrowings) found.addDetection('exception', of.title, detection);
    for (const feed of feeds) addFeed(found, feed);
  }
}

function addFeed(found: Found, { by, group, counted, next }: CorrelationFeed): void {
  for (const source of [...group, ...counted].flat()) {
    for (const column of sourceColumns(source)) found.add('correlation', by.correlation.title, column);
  }
  for (const feed of next) addFeed(found, feed);
}

interface AlertsOfTable {
  /** The destinations of alerts. */
  readonly to: Set<string>;
  /** Those of routes with a severity. */
  readonly rules: ReadonlySet<RuleRef>;
  /** Whether a detection or a correlation raises any. */
  readonly isAlerting: boolean;
}

/** Titles and groups of alerts name columns behind the steps; a step that renames a column reads it, too. */
function addAlerts(found: Found, { routes, detections }: TableProgram, program: Program): AlertsOfTable {
  const to = new Set<string>();
  const rules = new Set<RuleRef>();
  const correlations = new Map(program.correlations.map((one) => [one.fingerprint, one]));
  for (const { rule } of routes) if (rule) rules.add(rule);
  let isAlerting = false;
  const take = ({
    rule,
    targets,
    to: own,
  }: Pick<TableDetection | CorrelationRule, 'rule' | 'targets' | 'to'>) => {
    isAlerting ||= own.length > 0;
    for (const name of own) to.add(name);
    addSaid(found, rule);
    for (const target of targets) addSaid(found, target.rule);
  };
  for (const detection of detections) {
    take(detection);
    for (const feed of detection.feeds) {
      for (const fingerprint of fingerprintsOf(feed)) {
        const correlation = correlations.get(fingerprint);
        if (correlation) take(correlation);
      }
    }
  }
  for (const rule of rules) addSaid(found, rule);
  return { to, rules, isAlerting };
}

function fingerprintsOf({ by, next }: CorrelationFeed): readonly string[] {
  return [by.fingerprint, ...next.flatMap(fingerprintsOf)];
}

function addSaid(found: Found, { title, titleTemplate, grouping }: RuleRef): void {
  if (titleTemplate !== undefined) {
    for (const path of columnsOfTitle(titleTemplate)) found.addPath('title', title, path);
  }
  if (grouping === undefined || grouping === 'off') return;
  for (const path of grouping.by ?? []) found.addPath('grouping', title, path);
}

function addSteps(found: Found, { transform, routes }: TableProgram): void {
  for (const step of transform) found.addStep(step, step.verb);
  for (const { to, steps } of routes) {
    for (const step of steps?.transform ?? []) found.addStep(step, `${step.verb} of the route to ${to}`);
  }
}

interface Sent {
  readonly name: string;
  readonly to: ReadonlySet<string>;
  readonly isAlerting: boolean;
}

/** What destinations make of the rows: shapes, metadata, and what alerts say. */
function addDestinations(found: Found, { name, to, isAlerting }: Sent, { program, context }: ReadBy): void {
  // Without relay.yaml, nobody knows who is told of alerts: somebody may be.
  const { reading = {} } = context;
  const mayAlert = isAlerting || context.reading === undefined;
  const readers = Object.entries(reading).filter(
    ([destination, { audience }]) =>
      to.has(destination) || (audience === 'people' && DEFENDER_TABLES.has(name)),
  );
  for (const [destination, { shape, columns }] of readers) {
    for (const column of columns) found.add('destination', destination, column);
    if (shape === undefined) continue;
    const { columns: read, everything } = program.shapes.of(shape, name).columnsRead();
    for (const column of read) found.add('shape', shape, column);
    if (everything) found.addAll('shape', shape);
  }
  for (const destination of to) addMetadata(found, destination, program.metadata.get(destination));
  for (const route of tableOf(program, name).routes) addMetadata(found, route.to, route.metadata);
  if (!mayAlert && !readers.some(isForPeople)) return;
  for (const column of columnsOfAlerts(name)) found.add('alerts', '', column);
}

function isForPeople([, { audience }]: readonly [string, DestinationReading]): boolean {
  return audience === 'people';
}

function addMetadata(found: Found, destination: string, templates: MetadataTemplates | undefined): void {
  for (const path of templates?.columns() ?? []) found.addPath('metadata', `of ${destination}`, path);
}

type Names = Map<ReaderKind, Set<string>>;

/** Collects what reads which column. */
class Found {
  readonly #named = new Map<string, Names>();
  readonly #all: Names = new Map();
  readonly #patterns: { readonly name: string; readonly fits: (column: string) => boolean }[] = [];

  add(kind: ReaderKind, name: string, column: string): void {
    const names = this.#named.get(column) ?? new Map();
    this.#named.set(column, names);
    addName(names, kind, name);
  }

  addPath(kind: ReaderKind, name: string, path: string): void {
    for (const column of pathsOf(path)) this.add(kind, name, column);
  }

  addAll(kind: ReaderKind, name: string): void {
    addName(this.#all, kind, name);
  }

  addDetection(kind: ReaderKind, name: string, detection: CompiledDetection): void {
    const { columns, everything } = detectionReads(detection);
    for (const column of columns) this.add(kind, name, column);
    if (everything) this.addAll(kind, name);
  }

  /** What a step names it works on; what it writes is meant to be there. A step that removes columns reads none. */
  addStep({ verb, condition, touches }: NamedTransform, name: string): void {
    if (condition) this.addDetection('step', `if of ${name}`, condition);
    for (const column of touches.written) this.add('step', name, column);
    if (verb === REMOVE) return;
    for (const column of touches.named) this.add('step', name, column);
    this.#patterns.push({ name, fits: touches.names });
  }

  use(
    {
      name: table,
      columns,
      isKnown,
    }: { readonly name: string; readonly columns: ReadonlySet<string>; readonly isKnown: boolean },
    { transform }: TableProgram,
  ): TableUse {
    const everything = readersIn(this.#all);
    const named = new Map([...this.#named].map(([column, names]) => [column, readersIn(names)] as const));
    const readersOf = (column: string): readonly Readers[] => {
      const known = named.get(column);
      if (known) return known;
      const fitting = this.#patterns.filter(({ fits }) => fits(column)).map(({ name }) => name);
      return fitting.length === 0 ? NOBODY : readersIn(new Map([['step', new Set(fitting)]]));
    };
    return {
      table,
      isKnown,
      columns,
      everything,
      named,
      readersOf,
      isRead: (column) => everything.length > 0 || readersOf(column).length > 0,
      isRemoved: (column) => isRemovedBy(transform, column),
    };
  }
}

const NOBODY: readonly Readers[] = [];
const REMOVE = 'remove';
const KEEP = 'keep';
const RENAME = 'rename';

/** Steps with a condition remove a column of some rows only, and a renamed column is still there. */
function isRemovedBy(transform: readonly NamedTransform[], column: string): boolean {
  for (const { verb, condition, touches } of transform) {
    if (condition) continue;
    if (verb === REMOVE && touches.names(column)) return true;
    if (verb === KEEP && !touches.names(column)) return true;
    if (verb === RENAME && touches.names(column)) return false;
  }
  return false;
}

function addName(names: Names, kind: ReaderKind, name: string): void {
  const known = names.get(kind);
  if (known) known.add(name);
  else names.set(kind, new Set([name]));
}

function readersIn(names: Names): readonly Readers[] {
  return READER_KINDS.flatMap((kind) => {
    const found = names.get(kind);
    if (!found) return [];
    const examples = [...found].filter((name) => name !== '').slice(0, EXAMPLES);
    return [{ kind, count: found.size, examples }];
  });
}
