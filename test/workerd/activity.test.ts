// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
/** What an isolate writes about itself for the console. */
import { afterEach, expect, it } from 'vitest';
import { createAzureStateDocuments } from '../../src/checkpoints/documents-azure.ts';
import { readActivity } from '../../src/relay/activity/read.ts';
import { capturedRows, startCapture } from '../../src/relay/capture/ask.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { rows, startRelay } from './relay.ts';

const CONSOLE =
  'console: { capture: true, rows: { show: true }, login: { keys: [{ name: soc, key: "${KEY}" }] } }';
type Relay = Awaited<ReturnType<typeof startRelay>>;
const open: Relay[] = [];
const total = ({ counts }: { readonly counts: readonly number[] } = { counts: [] }) =>
  counts.reduce((sum, count) => sum + count, 0);

afterEach(async () => {
  for (const relay of open.splice(0)) await relay.close();
});

async function start(yaml: string) {
  const relay = await startRelay({ yaml });
  open.push(relay);
  const documents = createAzureStateDocuments(relay.service, relay.stateContainer);
  return { relay, documents, read: () => readActivity(documents, systemClock, new AbortController().signal) };
}

it('an isolate writes at the end of an invocation, once in half a minute, and captures rows from then on', async () => {
  const { relay, read, documents } = await start(CONSOLE);
  await relay.append(rows(0, 7));
  await relay.notify();
  await relay.work();
  await relay.settled();
  // What was counted since the first write is written by an invocation half a minute later.
  const first = await read();
  expect(first.processes).toMatchObject([{ state: 'alive', host: 'worker', threads: 1 }]);
  await startCapture(documents, systemClock, { table: 'deviceevents', by: 'ada', rows: 2, ms: 300_000 });
  await new Promise((resolve) => setTimeout(resolve, 30_500));
  await relay.fetch('/healthz');
  await relay.settled();
  const { destinations, rows: read24, tables, processes } = await read();
  expect(processes).toHaveLength(1);
  expect(processes[0]?.id).toBe(first.processes[0]?.id);
  expect(total(read24)).toBe(7);
  expect(destinations.map(({ name, delivered }) => [name, total(delivered)])).toEqual([
    ['hook', 7],
    ['splunk', 7],
  ]);
  for (const { replies } of destinations) expect(replies[0]).toMatchObject({ result: 'accepted', rows: 7 });
  expect(tables[0]?.name).toBe('DeviceEvents');
  // The rows are days old: beyond the largest bound.
  expect(tables[0]?.latency).toEqual({ p50: 86_400, p95: 86_400 });

  await relay.append(rows(7, 12));
  relay.clock.advance(60_000);
  await relay.work();
  await relay.settled();
  const captured = await capturedRows(documents, systemClock, 'deviceevents');
  expect(captured?.rows.map(({ text }) => JSON.parse(text).properties.n)).toEqual([7, 8]);
  expect(captured?.full).toBe(true);
});

it('without a console nothing is written', async () => {
  const { relay, read } = await start('');
  await relay.append(rows(0, 1));
  await relay.notify();
  await relay.work();
  await relay.settled();
  expect(await read()).toMatchObject({ processes: [], unreadable: 0 });
});
