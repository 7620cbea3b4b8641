import { type Diagnostic, diagnostic, type Mistake } from '../../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../../diagnostics/nearest.ts';
import type { CorrelationEvent } from '../../../shared/event.ts';
import { sha256Hex } from '../../digest.ts';
import type { FieldSource } from '../language/expression.ts';
import { sourcesOf } from '../language/field.ts';
import type { CompiledRule, RecordView, RuleEnvironment, SigmaCorrelation, SigmaRule } from '../types.ts';

/** The largest count a window can be asked for: every event of it is kept. */
const COUNT_LIMIT = 1_000;
/** How much of a value tells groups apart, and distinct values, UTF-16 units. */
const VALUE_LIMIT = 512;

/** A correlation whose rules and fields were found. */
export interface CompiledCorrelation {
  readonly correlation: SigmaCorrelation;
  /** Tells one definition from another, stable over restarts. 32 lower-case hex digits. */
  readonly fingerprint: string;
}

/** Where a row on which a rule matched has what a correlation asks for. */
export interface CorrelationFeed {
  readonly by: CompiledCorrelation;
  readonly position: number;
  /** For each field, where it may be. */
  readonly group: readonly (readonly FieldSource[])[];
  readonly counted: readonly (readonly FieldSource[])[];
  /** The correlations that wait for this one. */
  readonly next: readonly CorrelationFeed[];
}

/** What compiling correlations needs to know of the world. */
export interface CorrelationEnvironment extends Pick<RuleEnvironment, 'columnsOf'> {
  report(diagnostic: Diagnostic, correlation: SigmaCorrelation): void;
}

/** All correlations of a rule set. Immutable. */
export interface CorrelationProgram {
  /** Each after those that it waits for. */
  readonly correlations: readonly CompiledCorrelation[];
  /** What only feeds correlations and raises no alert of its own (`generate` is not set). */
  readonly silent: ReadonlySet<SigmaRule | SigmaCorrelation>;
  /** What a match of the rule means for correlations. */
  feedsOf(rule: CompiledRule): readonly CorrelationFeed[];
}

type Watched = SigmaRule | SigmaCorrelation;

/** One of the rules (or correlations) that a correlation watches. */
interface Watch {
  readonly name: string;
  readonly position: number;
  readonly from: Watched;
}

/**
 * Resolves correlations' rules and fields.
 *
 * A rule that is not there or not the only one of its name, a circle, a field that its rules' tables lack, or a count beyond
 * 1,000 is reported.
 *
 * @param documents all rules there are, also those that failed to compile.
 */
export function compileCorrelations(
  correlations: readonly SigmaCorrelation[],
  documents: readonly SigmaRule[],
  rules: readonly CompiledRule[],
  environment: CorrelationEnvironment,
): CorrelationProgram {
  const { report } = environment;
  const known = namesOf([...documents, ...correlations]);
  const watches = new Map<SigmaCorrelation, readonly Watch[]>();
  for (const correlation of correlations) {
    watches.set(
      correlation,
      correlation.rules.flatMap((name, position): Watch[] => {
        const [from, ...others] = candidates(known, name, correlation);
        return from && others.length === 0 ? [{ name, position, from }] : [];
      }),
    );
  }
  const compiled = new Map<SigmaCorrelation, CompiledCorrelation>();
  const fingerprints = new Map<string, SigmaCorrelation>();
  for (const correlation of correlations) {
    const error = (mistake: Mistake): void =>
      report(diagnostic(correlation.file, correlation.rulesSpan, mistake), correlation);
    const found = watches.get(correlation) ?? [];
    for (const name of correlation.rules) {
      const many = candidates(known, name, correlation).length;
      if (many === 0) {
        const message = `no rule has the name or id "${name}"`;
        error({ code: 'unknown-rule', message, hint: didYouMean(name, known.keys()) });
      } else if (many > 1) {
        const message = `${many} rules are called "${name}"`;
        error({ code: 'ambiguous-rule', message, hint: 'name the one that is meant by its id' });
      }
    }
    if (reaches(correlation, correlation, watches)) {
      error({ code: 'circular-correlation', message: `"${correlation.title}" waits for itself` });
      continue;
    }
    if (correlation.condition.bounds.some(({ value }) => value > COUNT_LIMIT)) {
      const message = `a window counts up to ${COUNT_LIMIT.toLocaleString('en-US')}`;
      error({ code: 'unsupported-correlation', message, hint: 'count in the SIEM instead' });
      continue;
    }
    const fingerprint = fingerprintOf(correlation);
    const twin = fingerprints.get(fingerprint);
    if (twin) {
      const message = `"${correlation.title}" is there already (${twin.file}:${twin.span.line})`;
      error({ code: 'duplicate-correlation', message, hint: 'remove one of them' });
      continue;
    }
    fingerprints.set(fingerprint, correlation);
    if (found.length < correlation.rules.length) continue;
    for (const problem of missingColumns(correlation, found, rules, watches, environment)) {
      error({
        code: 'unknown-column',
        message: problem,
        hint: 'name the column of each rule under "aliases"',
      });
    }
    compiled.set(correlation, { correlation, fingerprint });
  }

  const feeds = new Map<Watched, Map<CompiledRule, readonly CorrelationFeed[]>>();
  const feedsFrom = (from: Watched, rule: CompiledRule): readonly CorrelationFeed[] => {
    const byRule = feeds.get(from) ?? new Map<CompiledRule, readonly CorrelationFeed[]>();
    feeds.set(from, byRule);
    const done = byRule.get(rule);
    if (done) return done;
    const made = [...compiled.values()].flatMap((by) =>
      (watches.get(by.correlation) ?? [])
        .filter((watch) => watch.from === from)
        .map((watch): CorrelationFeed => {
          const { type } = by.correlation;
          // An event that several of the rules match is still one event.
          const counting = type === 'event_count' || type === 'value_count';
          return {
            by,
            position: counting ? 0 : watch.position,
            ...fieldsOf(by.correlation, watch, rule),
            next: feedsFrom(by.correlation, rule),
          };
        }),
    );
    byRule.set(rule, made);
    return made;
  };
  return {
    correlations: inOrder([...compiled.values()], watches),
    silent: silentAmong(compiled.keys(), watches),
    feedsOf: (rule) => feedsFrom(rule.rule, rule),
  };
}

/** What a row contributes. An event that lacks a field of `group-by`, or what is counted, belongs to no group. */
export function contributions(
  feeds: readonly CorrelationFeed[],
  record: RecordView,
): readonly CorrelationEvent[] {
  const made = new Map<CorrelationFeed, readonly CorrelationEvent[]>();
  const from = (feed: CorrelationFeed): readonly CorrelationEvent[] => {
    const done = made.get(feed);
    if (done) return done;
    const { correlation, fingerprint } = feed.by;
    const shared = valuesOf(feed.group, record);
    const counted = valuesOf(feed.counted, record);
    const event: readonly CorrelationEvent[] =
      shared && counted
        ? [
            {
              correlation: fingerprint,
              position: feed.position,
              group: correlation.groupBy.map((column, at) => ({ column, value: shared[at] ?? '' })),
              counted,
              next: feed.next.flatMap(from),
            },
          ]
        : [];
    made.set(feed, event);
    return event;
  };
  return feeds.flatMap(from);
}

/** The first text of each field; undefined when one has none. */
function valuesOf(
  fields: readonly (readonly FieldSource[])[],
  record: RecordView,
): readonly string[] | undefined {
  const values: string[] = [];
  for (const sources of fields) {
    const text = sources
      .map((source) => record.texts(source)[0])
      .find((one) => one !== undefined && one !== '');
    if (text === undefined) return undefined;
    values.push(text.slice(0, VALUE_LIMIT));
  }
  return values;
}

/** Documents by what they can be called: ids and names, and titles where nothing has them as its name. */
function namesOf(documents: readonly Watched[]): ReadonlyMap<string, readonly Watched[]> {
  const known = new Map<string, Watched[]>();
  const titles = new Map<string, Watched[]>();
  const add = (to: Map<string, Watched[]>, name: string, document: Watched) => {
    const list = to.get(name);
    if (list) list.push(document);
    else to.set(name, [document]);
  };
  for (const document of documents) {
    for (const name of new Set([document.id, document.name])) {
      if (name !== undefined) add(known, name, document);
    }
    add(titles, document.title, document);
  }
  return new Map([...titles, ...known]);
}

/** What a name may mean: what is in the correlation's own file goes before all else. */
function candidates(
  known: ReadonlyMap<string, readonly Watched[]>,
  name: string,
  { file }: SigmaCorrelation,
): readonly Watched[] {
  const all = known.get(name) ?? [];
  const near = all.filter((document) => document.file === file);
  return near.length > 0 ? near : all;
}

/** Each after those that it waits for; there are no circles. */
function inOrder(
  compiled: readonly CompiledCorrelation[],
  watches: ReadonlyMap<SigmaCorrelation, readonly Watch[]>,
): readonly CompiledCorrelation[] {
  const ordered = new Set<CompiledCorrelation>();
  const visit = (one: CompiledCorrelation) => {
    if (ordered.has(one)) return;
    for (const { from } of watches.get(one.correlation) ?? []) {
      const before = compiled.find(({ correlation }) => correlation === from);
      if (before) visit(before);
    }
    ordered.add(one);
  };
  for (const one of compiled) visit(one);
  return [...ordered];
}

/** Whether a correlation is among what another waits for, directly or through others. */
function reaches(
  from: SigmaCorrelation,
  target: Watched,
  watches: ReadonlyMap<SigmaCorrelation, readonly Watch[]>,
  visited = new Set<SigmaCorrelation>(),
): boolean {
  if (visited.has(from)) return false;
  visited.add(from);
  return (watches.get(from) ?? []).some(
    ({ from: next }) =>
      next === target || (next.kind === 'correlation' && reaches(next, target, watches, visited)),
  );
}

/** What is wrong with the fields in `group-by` and `field`: each must be in the tables of all rules below. */
function missingColumns(
  correlation: SigmaCorrelation,
  watched: readonly Watch[],
  rules: readonly CompiledRule[],
  watches: ReadonlyMap<SigmaCorrelation, readonly Watch[]>,
  { columnsOf }: Pick<RuleEnvironment, 'columnsOf'>,
): ReadonlySet<string> {
  const problems = new Set<string>();
  const names = [...correlation.groupBy, ...correlation.condition.fields];
  for (const watch of watched) {
    const { from } = watch;
    for (const rule of rules) {
      const fed = rule.rule === from || (from.kind === 'correlation' && reaches(from, rule.rule, watches));
      const columns = fed ? columnsOf(rule.table) : undefined;
      if (!columns) continue;
      const { group, counted } = fieldsOf(correlation, watch, rule);
      for (const [at, sources] of [...group, ...counted].entries()) {
        const exists = (path: string) =>
          columns.column(path) ?? columns.column(path.split('.', 1)[0] ?? path);
        if (sources.some((source) => columnsRead(source).every(exists))) continue;
        problems.add(`"${names[at]}" is no column of ${rule.table}, where "${rule.rule.title}" looks`);
      }
    }
  }
  return problems;
}

function columnsRead(source: FieldSource): readonly string[] {
  return source.kind === 'column' ? [source.path] : source.kind === 'join' ? source.paths : [];
}

/**
 * The rules and correlations that raise no alert of their own: they are watched, and none of the correlations that watch them says
 * `generate: true`.
 */
function silentAmong(
  correlations: Iterable<SigmaCorrelation>,
  watches: ReadonlyMap<SigmaCorrelation, readonly Watch[]>,
): ReadonlySet<Watched> {
  const silent = new Set<Watched>();
  const loud = new Set<Watched>();
  for (const correlation of correlations) {
    for (const { from } of watches.get(correlation) ?? []) (correlation.generate ? loud : silent).add(from);
  }
  for (const one of loud) silent.delete(one);
  return silent;
}

function fieldsOf(
  correlation: SigmaCorrelation,
  { from, name }: Watch,
  rule: CompiledRule,
): Pick<CorrelationFeed, 'group' | 'counted'> {
  const names = [name, from.name, from.id, rule.rule.name, rule.rule.id];
  const resolve = (field: string): readonly FieldSource[] => {
    const alias = Object.hasOwn(correlation.aliases, field) ? correlation.aliases[field] : undefined;
    const key = alias && names.find((one) => one !== undefined && Object.hasOwn(alias, one));
    const mapping = rule.mapField((key !== undefined && alias?.[key]) || field);
    return mapping ? sourcesOf(mapping, rule.sources) : [];
  };
  return { group: correlation.groupBy.map(resolve), counted: correlation.condition.fields.map(resolve) };
}

function fingerprintOf({
  id,
  title,
  type,
  rules,
  groupBy,
  timespan,
  aliases,
  condition,
}: SigmaCorrelation): string {
  const definition = JSON.stringify([id ?? title, type, rules, groupBy, timespan, aliases, condition]);
  return sha256Hex(definition).slice(0, 32);
}
