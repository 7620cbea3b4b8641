/** Takes the rows of a page: reads each, evaluates it, and passes its deliveries to the lanes. */
import { isDefenderTable } from '../../alerts/joins/tables.ts';
import { type ParsedRow, parseRow, plainRow } from '../../blobs/rows/parse-row.ts';
import type { RawRow } from '../../blobs/rows/raw-row.ts';
import type { Lane } from '../../delivery/lane.ts';
import type { Delivery } from '../../destinations/port.ts';
import type { RuleSet } from '../../rules/ruleset.ts';
import { type BlobRef, blobPath } from '../../shared/blob-ref.ts';
import type { CorrelationEvent, Route, Row, Verdict } from '../../shared/event.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { envelopeMember } from '../../shared/row-members.ts';
import { hasBadTimestamp, rowTime } from '../../shared/row-time.ts';
import type { CorrelationSession } from '../correlation/correlations.ts';
import type { RelayDeps } from '../source/deps.ts';
import { type ColumnSample, columnSample } from './column-sample.ts';
import type { Dedupe } from './dedupe.ts';
import { type DeliveriesTo, deliveriesOf, forwardedText, sameDelivery } from './deliveries.ts';
import type { EventLoopTurns } from './event-loop-turns.ts';
import { RowLimits } from './row-limits.ts';
import type { RowTally } from './row-tally.ts';
import { storeUnreadable } from './unreadable-row.ts';

/** How many dead letters are stored in parallel, because a blob may consist of unreadable rows only. */
const STORE_CONCURRENCY = 16;

/** The part of a read plan that taking rows needs. */
export interface TakePlan {
  readonly ref: BlobRef;
  /** When the content of the blob began, ms since the epoch: a rewritten blob has other rows at its offsets. */
  readonly createdOn: number;
  readonly lanes: readonly Lane[];
  /** Rows before this offset were read and counted by other visits. */
  readonly countFrom: number;
  readonly rules: RuleSet;
  readonly correlating: CorrelationSession;
  readonly dedupe: Dedupe;
}

/** The context that the pages of one reading share. */
export interface Taking {
  readonly deps: RelayDeps;
  readonly plan: TakePlan;
  readonly tally: RowTally;
  readonly turns: EventLoopTurns;
}

/** The rows of one page, and by their places what became of them: an object for each row would be garbage of each. */
interface Page {
  readonly raws: readonly RawRow[];
  /** Undefined where a row cannot be read. */
  readonly rows: readonly (Row | undefined)[];
  /** Undefined also where every lane has an equal row already. */
  readonly verdicts: (Verdict | undefined)[];
  /** The lanes that have an equal row already; undefined where none of the page has. */
  holders: (ReadonlySet<Lane> | undefined)[] | undefined;
}

/** Takes rows in order. Returns the Advanced Hunting table of the last row that could be read. */
export async function takeRows(taking: Taking, raws: readonly RawRow[]): Promise<string | undefined> {
  const { deps, plan, tally, turns } = taking;
  const rows = await readAll(taking, raws);
  await plan.dedupe.prepare(rows);
  const page: Page = { raws, rows, verdicts: new Array(raws.length), holders: undefined };
  const { settings, metrics } = deps;
  const { columnSample: rate = 0 } = settings;
  const sample = columnSample({ metrics, rate, rules: plan.rules, blob: blobPath(plan.ref) });
  let table: string | undefined;
  for (let at = 0; at < raws.length; at++) {
    const raw = raws[at] as RawRow;
    const row = rows[at];
    if (row) {
      judge(taking, page, at, sample);
      table = row.table;
    }
    if (turns.isDue(raw.end - raw.offset)) await turns.take();
  }
  const alerts = await correlate(plan, page);
  if (plan.correlating.mustReread) return table;
  for (let at = 0; at < raws.length; at++) {
    const raw = raws[at] as RawRow;
    const row = rows[at];
    if (row) pass(taking, page, at, alerts?.get(row));
    else for (const lane of plan.lanes) lane.passUnreadable(raw);
    if (turns.isDue(raw.end - raw.offset)) await turns.take();
  }
  tally.flush(deps.metrics);
  return table;
}

/** Parses rows. When this resolves, rows that cannot be read are stored as dead letters, because no offset may pass them before. */
async function readAll(
  { deps, plan, turns }: Taking,
  raws: readonly RawRow[],
): Promise<readonly (Row | undefined)[]> {
  const blob = blobPath(plan.ref);
  const { source, settings, metrics } = deps;
  const rows: (Row | undefined)[] = new Array(raws.length);
  const bad: { readonly raw: RawRow; readonly row: ParsedRow & { ok: false } }[] = [];
  for (let at = 0; at < raws.length; at++) {
    const raw = raws[at] as RawRow;
    rows[at] = plainRow(raw, blob, settings.rowBytes, source);
    // Nothing of it is parsed, which takes less time than to ask the clock.
    if (rows[at]) continue;
    const parsed = parseRow(raw, blob, settings.rowBytes, source);
    if (parsed.ok) rows[at] = parsed.row;
    else bad.push({ raw, row: parsed });
    if (parsed.ok && parsed.repaired && raw.offset >= plan.countFrom)
      metrics.count('xdr_relay_rows_bad_total', { reason: 'invalid_utf8_repaired' });
    if (turns.isDue(raw.end - raw.offset)) await turns.take();
  }
  // Nearly no page has such rows.
  if (bad.length > 0)
    await inParallel(bad, STORE_CONCURRENCY, ({ raw, row }) => storeAndCount(deps, blob, raw, row));
  return rows;
}

/** Counts the rows of this reading; undefined for a row that another one has counted. */
function tallyOf({ plan, tally }: Taking, { offset }: RawRow): RowTally | undefined {
  return offset >= plan.countFrom ? tally : undefined;
}

/** Judges the row at a place of the page, which could be read. */
function judge(taking: Taking, page: Page, at: number, sample: ColumnSample | undefined): void {
  const { deps, plan } = taking;
  const raw = page.raws[at] as RawRow;
  const row = page.rows[at] as Row;
  const tally = tallyOf(taking, raw);
  tally?.row(row.table, raw.end - raw.offset);
  if (tally) sample?.observe(raw, row);
  deps.devices?.observe(row);
  if (tally && hasBadTimestamp(row)) tally.badTime(row.table);
  const holders = plan.dedupe.holders(row, raw.end);
  if (holders) {
    page.holders ??= new Array(page.rows.length);
    page.holders[at] = holders;
    countRepeats(deps.metrics, row, raw, holders);
    if (holders.size === plan.lanes.length) return;
  }
  const verdict = plan.rules.evaluate(row);
  page.verdicts[at] = verdict;
  if (verdict.kind === 'filtered') tally?.filtered(row.table);
  for (const rule of verdict.cut ?? NOTHING) tally?.cut(row.table, rule);
  if (verdict.kind === 'forwarded') {
    for (const title of verdict.suppressed ?? NOTHING) tally?.suppressed(row.table, title);
  }
}

/** Counts rows in correlations, and returns their alerts by row. The counts are stored before any alert is sent. */
async function correlate(
  { correlating }: TakePlan,
  { rows, verdicts }: Page,
): Promise<ReadonlyMap<Row, readonly Route[]> | undefined> {
  const observed: { readonly row: Row; readonly events: readonly CorrelationEvent[] }[] = [];
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at];
    const verdict = verdicts[at];
    if (row && verdict?.kind === 'forwarded' && verdict.correlated)
      observed.push({ row, events: verdict.correlated });
  }
  return observed.length > 0 ? correlating.observe(observed) : undefined;
}

/** Counts alerts by level, one for each destination, and the rules that raised them, each once. */
function countAlerts(tally: RowTally, table: string, routes: readonly Route[]): void {
  let raised: Set<string> | undefined;
  for (const { rule, severity: level = 'none' } of routes) {
    if (!rule) continue;
    tally.alert(table, level);
    raised ??= new Set();
    raised.add(rule.id ?? rule.title);
  }
  for (const rule of raised ?? []) tally.raised(rule);
}

/** Passes the row at a place of the page, which could be read, to the lanes. */
function pass(taking: Taking, page: Page, at: number, alerts: readonly Route[] = NOTHING): void {
  const { deps, plan } = taking;
  const raw = page.raws[at] as RawRow;
  const row = page.rows[at] as Row;
  const verdict = page.verdicts[at];
  const { lanes, rules } = plan;
  if (verdict?.kind !== 'forwarded') {
    for (const lane of lanes) lane.pass(raw, NOTHING);
    return;
  }
  const raised = alerts.length > 0 ? [...verdict.routes, ...alerts] : verdict.routes;
  const routes = isDefenderTable(row.table) ? withEvidence(raised, lanes) : raised;
  const tally = tallyOf(taking, raw);
  if (tally) countAlerts(tally, row.table, routes);
  const same = sameDelivery(row, verdict, routes, rules.shapes);
  const alike = same ? [same] : NOTHING;
  const deliveries = same ? NOTHING : deliveriesOf(row, verdict, routes, rules.shapes);
  if (deps.capture?.wants(row.table)) deps.capture.take(row.table, forwardedText(row, verdict));
  const limits = rules.rowLimits?.(row.table);
  const holders = page.holders?.[at];
  for (const lane of lanes) {
    const { name } = lane;
    let all: readonly Delivery[] = NOTHING;
    if (!holders?.has(lane)) all = same && isRouted(name, routes) ? alike : deliveriesTo(name, deliveries);
    const isLimited = limits && all.length > 0 && lane.wants(raw.end) && !tellsOfAlerts(row, lane);
    const limit = isLimited ? limits.get(name) : undefined;
    lane.pass(raw, limit === undefined ? all : withinLimit(all, { limit, row, raw, lane, deps, plan }));
  }
}

function isRouted(name: string, routes: readonly Route[]): boolean {
  for (const { to } of routes) if (to === name) return true;
  return false;
}

/** What goes to one destination, perhaps nothing. */
function deliveriesTo(name: string, deliveries: readonly DeliveriesTo[]): readonly Delivery[] {
  for (const to of deliveries) if (to[0] === name) return to[1];
  return NOTHING;
}

/** Whether the row is what people are told of an alert of Defender: alerts are never limited. */
function tellsOfAlerts({ table }: Row, { target }: Lane): boolean {
  return isDefenderTable(table) && target.destination.messenger !== undefined;
}

/** The limits of each metrics port are those of its process. */
const limitsBy = new WeakMap<Metrics, RowLimits>();

interface Limited {
  readonly limit: number;
  readonly row: Row;
  readonly raw: RawRow;
  readonly lane: Lane;
  readonly deps: RelayDeps;
  readonly plan: TakePlan;
}

/** Leaves out the row where its destination has had as many of the minute as its limit allows. Alerts are never left out. */
function withinLimit(
  deliveries: readonly Delivery[],
  { limit, row, raw, lane, deps, plan }: Limited,
): readonly Delivery[] {
  const { metrics } = deps;
  const rows = deliveries.filter(({ head }) => head.rule === undefined);
  if (rows.length === 0) return deliveries;
  const limits = limitsBy.get(metrics) ?? new RowLimits();
  limitsBy.set(metrics, limits);
  const time = Date.parse(String(envelopeMember(row, 'time') ?? '')) || rowTime(row) || 0;
  const { table } = row;
  const taken = limits.take({
    table,
    destination: lane.name,
    limit,
    time,
    blob: `${blobPath(plan.ref)} ${plan.createdOn}`,
    offset: raw.offset,
  });
  if (taken === 'within') return deliveries;
  if (taken === 'over') {
    metrics.count('xdr_relay_rows_over_limit_total', { table, destination: lane.name });
  }
  return deliveries.filter(({ head }) => head.rule !== undefined);
}

/** People are told what Defender itself says of its alerts, so their destinations get all rows of them. */
function withEvidence(routes: readonly Route[], lanes: readonly Lane[]): readonly Route[] {
  const others = lanes.filter(
    ({ name, target }) => target.destination.messenger !== undefined && !routes.some(({ to }) => to === name),
  );
  return [...routes, ...others.map(({ name }): Route => ({ to: name, evidence: true }))];
}

const NOTHING: readonly never[] = [];

function countRepeats(metrics: Metrics, { table }: Row, raw: RawRow, holders: ReadonlySet<Lane>): void {
  for (const lane of holders) {
    if (!lane.wants(raw.end)) continue;
    metrics.count('xdr_relay_rows_repeated_total', { table, destination: lane.name });
  }
}

async function storeAndCount(
  deps: RelayDeps,
  blob: string,
  raw: RawRow,
  row: ParsedRow & { ok: false },
): Promise<void> {
  await storeUnreadable(deps, blob, raw, row);
  deps.metrics.count('xdr_relay_rows_bad_total', { reason: row.reason });
}
