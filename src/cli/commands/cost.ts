/** The command `xdr-relay cost`. */
import { defineCommand } from '../command.ts';
import { configOption, count, formatOption, parsed, text, whole, withDefault } from '../options.ts';

export const cost = defineCommand({
  name: 'cost',
  summary: 'Estimate what the storage operations of the relay cost a month',
  description: [
    'Add up the operations that the consumers counted on the last days, by the type under which Azure bills them, and multiply them by',
    'the prices of a list. With --tables, estimate a workload before it runs, from the settings of relay.yaml. It reads a document or two',
    'of the state and changes nothing.',
  ].join(' '),
  inputs: {
    config: configOption(),
    days: withDefault(whole('--days <n>', 'How many days back to count, today aside', [0, 366]), 7),
    tables: parsed('--tables <n>', 'Estimate for so many tables, and not from what was counted', count),
    appends: whole(
      '--appends <n>',
      'With --tables: appends a day over all tables (default: 0, idle tables)',
      [0, 1_000_000_000],
    ),
    prices: text(
      '--prices <file>',
      'Prices of your region, redundancy and contract, in the form of src/relay/cost/prices.json',
    ),
    format: formatOption(['table', 'json']),
  },
  notes: [
    'The estimate has the operations of xdr-relay alone: not those of Defender, which writes the blobs, and no storage, no traffic between regions, no Event Grid.',
    'It takes each month to be like the days that were counted. Retries of the SDK and what other commands request are not counted.',
    'With --tables: one consumer, an hourly blob for each table, appends at even intervals. Each further consumer adds about USD 1.3 a month.',
    'Consumers on Cloudflare Workers count nothing here: their /metrics has the counters of one isolate.',
  ],
  exits: {
    ok: 'The estimate was printed',
    failed: 'Nothing was counted on these days, or the price list cannot be read',
  },
  examples: [
    'cost',
    'cost --days 30 --format json',
    'cost --prices west-europe.json',
    'cost --tables 30 --appends 84000',
  ],
  onStop: { says: 'nothing was changed.' },
  load: async () => (await import('../actions/cost.ts')).runCost,
});
