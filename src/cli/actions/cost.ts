/** Estimates and renders the cost of the relay's storage operations. */
import { readFile } from 'node:fs/promises';
import { type Estimate, estimate } from '../../relay/cost/estimate.ts';
import { LIST_PRICES, type PriceList, parsePrices } from '../../relay/cost/prices.ts';
import { type CountedUsage, usageSince } from '../../relay/cost/usage.ts';
import { DAY_MS } from '../../shared/duration.ts';
import { messageOf, RelayError } from '../../shared/errors.ts';
import { formatAge, formatInstant, plural } from '../../shared/readable.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { formatTable, visible } from '../text.ts';
import { openPorts } from './open.ts';

export interface CostCommandOptions {
  readonly config: string;
  /** How many days before today are counted. */
  readonly days: number;
  /** The path of a file with prices; undefined for the built-in prices. */
  readonly prices: string | undefined;
  readonly format: 'table' | 'json';
}

export async function runCost(
  options: CostCommandOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const prices = options.prices === undefined ? LIST_PRICES : await readPrices(options.prices);
  const { ports } = await openPorts(options.config);
  const now = ports.clock.now();
  const usage = await usageSince(ports.documents, { since: now - options.days * DAY_MS, now }, signal);
  if (!usage || usage.countedMs === 0) {
    throw new RelayError(
      'no_usage',
      `No storage operations were counted today or on the ${plural(options.days, 'day')} before`,
    );
  }
  const estimated = estimate(usage.operations, usage.countedMs, prices);
  out.print(
    options.format === 'json'
      ? JSON.stringify({ ...usage, ...estimated, currency: prices.currency, prices })
      : renderCost(usage, estimated, prices),
  );
  return EXIT.ok;
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
export function renderCost(
  { from, to, countedMs }: CountedUsage,
  { lines, cost }: Estimate,
  { name, date, currency, per_10000 }: PriceList,
): string {
  const rows = lines.map(({ type, operations, aMonth, cost: ofType }) => [
    type,
    String(operations),
    String(Math.round(aMonth)),
    String(per_10000[type]),
    ofType.toFixed(2),
  ]);
  const head = ['TYPE', 'COUNTED', 'A MONTH', 'PER 10,000', currency];
  return [
    formatTable(head, [...rows, ['', '', '', '', cost.toFixed(2)]], [1, 2, 3, 4]),
    '',
    `Counted for ${formatAge(countedMs)} between ${formatInstant(from)} and ${formatInstant(to)}; a month has 730 hours.`,
    `Prices: ${visible(name)}, ${date}. Others: --prices.`,
  ].join('\n');
}
