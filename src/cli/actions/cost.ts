/** Estimates and renders the cost of the relay's storage operations. */
import { readFile } from 'node:fs/promises';
import { groupsAlerts } from '../../destinations/list.ts';
import { type Estimate, estimate } from '../../relay/cost/estimate.ts';
import { expectedOperations } from '../../relay/cost/expected.ts';
import { LIST_PRICES, type PriceList, parsePrices } from '../../relay/cost/prices.ts';
import { type CountedUsage, usageSince } from '../../relay/cost/usage.ts';
import { DAY_MS, HOUR_MS } from '../../shared/duration.ts';
import { messageOf, RelayError } from '../../shared/errors.ts';
import { formatAge, formatInstant, plural } from '../../shared/readable.ts';
import type { Operations } from '../../shared/storage-operations.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { formatTable, visible } from '../text.ts';
import { UsageError } from '../usage-error.ts';
import { type Opened, openPorts } from './open.ts';

export interface CostCommandOptions {
  readonly config: string;
  /** How many days before today are counted. */
  readonly days: number;
  /** The workload to estimate; undefined: what was counted. */
  readonly tables: number | undefined;
  readonly appends: number | undefined;
  /** The path of a file with prices; undefined for the built-in prices. */
  readonly prices: string | undefined;
  readonly format: 'table' | 'json';
}

export async function runCost(
  options: CostCommandOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  if (options.appends !== undefined && options.tables === undefined) {
    throw new UsageError('tables_needed', '--appends says how much is written to --tables: give both');
  }
  const prices = options.prices === undefined ? LIST_PRICES : await readPrices(options.prices);
  const opened = await openPorts(options.config);
  const { basis, ...found } =
    options.tables === undefined
      ? await counted(opened, options.days, signal)
      : expected(opened, options.tables, options.appends ?? 0);
  const estimated = estimate(found.operations, found.countedMs, prices);
  out.print(
    options.format === 'json'
      ? JSON.stringify({ ...found, ...estimated, currency: prices.currency, prices })
      : renderCost(estimated, prices, basis),
  );
  return EXIT.ok;
}

/** A start lists everything and reads what was written meanwhile: it needs a day to be a small part. Milliseconds. */
const SHORT_MS = DAY_MS;

/** What is estimated from. */
interface Found {
  readonly operations: Operations;
  /** The time in which they are made. Milliseconds. */
  readonly countedMs: number;
  /** A sentence for the operator about where the operations come from. */
  readonly basis: string;
}

async function counted(
  { ports }: Opened,
  days: number,
  signal: AbortSignal,
): Promise<Found & Pick<CountedUsage, 'from' | 'to'>> {
  const now = ports.clock.now();
  const usage = await usageSince(ports.documents, { since: now - days * DAY_MS, now }, signal);
  if (!usage || usage.countedMs === 0) {
    throw new RelayError(
      'no_usage',
      `No storage operations were counted today or on the ${plural(days, 'day')} before`,
    );
  }
  const { from, to, countedMs } = usage;
  const time = `${formatAge(countedMs)} between ${formatInstant(from)} and ${formatInstant(to)}`;
  const hint =
    countedMs < SHORT_MS ? '\nThat is less than a day: the work of a start makes the estimate too high.' : '';
  return { ...usage, basis: `Counted for ${time}; a month has 730 hours.${hint}` };
}

function expected({ config }: Opened, tables: number, appendsADay: number): Found {
  const { delivery, sweep, tail } = config;
  const destinations = Object.keys(config.destinations).length;
  const people = Object.values(config.destinations).filter(groupsAlerts).length;
  const operations = expectedOperations(
    {
      tables,
      appendsADay,
      destinations,
      people,
      operational: config.operational.to.length > 0,
      console: config.console !== undefined,
      capture: config.console?.capture === true,
    },
    {
      sweepIntervalMs: sweep.interval,
      recentMs: sweep.recent,
      wideIntervalMs: sweep.wide_interval,
      pollMinMs: tail.poll_min,
      pollMaxMs: tail.poll_max,
      checkpointEveryMs: delivery.checkpoint_every,
    },
  );
  const workload = `${plural(tables, 'table')}, ${plural(appendsADay, 'append')} a day`;
  const basis = `Expected in an hour for ${workload}, ${plural(destinations, 'destination')} and one consumer; a month has 730 hours.`;
  return { operations, countedMs: HOUR_MS, basis };
}

async function readPrices(file: string): Promise<PriceList> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    throw new RelayError('bad_prices', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
  return parsePrices(text, file);
}

/** Renders the table of costs, and the assumptions behind it. */
function renderCost(
  { lines, cost }: Estimate,
  { name, date, currency, per_10000 }: PriceList,
  basis: string,
): string {
  const rows = lines.map(({ type, operations, aMonth, cost: ofType }) => [
    type,
    String(Math.round(operations)),
    String(Math.round(aMonth)),
    String(per_10000[type]),
    ofType.toFixed(2),
  ]);
  const head = ['TYPE', 'OPERATIONS', 'A MONTH', 'PER 10,000', currency];
  return [
    formatTable(head, [...rows, ['', '', '', '', cost.toFixed(2)]], [1, 2, 3, 4]),
    '',
    basis,
    `Prices: ${visible(name)}, ${date}. Others: --prices.`,
  ].join('\n');
}
