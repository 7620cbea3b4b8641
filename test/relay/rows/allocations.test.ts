/** Counts what a row allocates on its way through a visit, in bytes of JavaScript's heap. No clock is asked. */
import { type HeapProfiler, Session } from 'node:inspector/promises';
import { expect, it } from 'vitest';
import { compileRules, type RuleFile } from '../../../src/rules/index.ts';
import { relay, row } from '../harness.ts';

const ROWS = 2_000;
const FILTER = `table: DeviceEvents
filter:
  - title: all
    detection: { x: { DeviceName|startswith: pc }, condition: x }
`;
const RENAMES = `table: DeviceEvents
transform:
  - rename: { DeviceName: host, FileName: process, AccountName: user, ActionType: action }
`;
const columns = Object.fromEntries([
  ['DeviceName', 'pc-1'],
  ['FileName', 'cmd.exe'],
  ['AccountName', 'system'],
  ['ActionType', 'ProcessCreated'],
  ...Array.from({ length: 40 }, (_, n) => [`InitiatingProcess${n}`, `a value of the column ${n}`]),
]);
const rows = Array.from({ length: ROWS }, (_, n) => row(n, columns)).join('');

/** Bytes that the heap was asked for, those that were given back included: a sample of each 512. */
async function allocated(work: () => Promise<unknown>): Promise<number> {
  const session = new Session();
  session.connect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: 512,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  await work();
  const { profile } = await session.post('HeapProfiler.stopSampling');
  session.disconnect();
  return bytesIn(profile.head);
}

type HeapNode = HeapProfiler.SamplingHeapProfileNode;

function bytesIn({ selfSize, children }: HeapNode): number {
  return children.reduce((sum, child) => sum + bytesIn(child), selfSize);
}

/** A relay with the rows in its blob, and what works on them. */
async function visitOf(text: string, destinations: readonly string[]) {
  const r = relay(destinations);
  const files: readonly RuleFile[] = [{ path: 'DeviceEvents.yaml', text }];
  const context = { destinations, defaultDestinations: destinations, alerts: [], variables: {} };
  const { rules, diagnostics } = compileRules(files, context);
  if (!rules) throw new Error(JSON.stringify(diagnostics));
  Object.assign(r.deps, { rules: () => rules });
  // As large as those of real destinations.
  for (const name of destinations)
    Object.assign(r.deps.destinations.get(name)?.destination ?? {}, {
      batch: { items: 1_000, bytes: 1 << 20, ageMs: 60_000 },
    });
  r.append(rows);
  await r.notify();
  const delivered = () =>
    destinations.map((name) => r.sink(name).batches.reduce((sum, { items }) => sum + items.length, 0));
  return { work: r.work, delivered };
}

// What other files of the worker leave running is counted, too, hundreds of bytes a row at times: the least of a few visits counts.
it.each([
  { what: 'held back by a filter', text: FILTER, most: 2_600, to: ['a'], delivered: [0] },
  { what: 'renamed', text: RENAMES, most: 5_000, to: ['a'], delivered: [ROWS] },
  {
    what: 'renamed and goes to three destinations',
    text: RENAMES,
    most: 6_300,
    to: ['a', 'b', 'c'],
    delivered: [ROWS, ROWS, ROWS],
  },
])(
  'a row of 44 columns that is $what allocates $most bytes at most',
  async ({ text, most, to, delivered }) => {
    // The code is compiled, and what is kept for all rows is there.
    const first = await visitOf(text, to);
    await first.work();
    let bytes = Number.POSITIVE_INFINITY;
    for (let visits = 0; visits < 3 && bytes / ROWS >= most; visits++) {
      const next = await visitOf(text, to);
      bytes = Math.min(bytes, await allocated(next.work));
      expect(next.delivered()).toEqual(delivered);
    }
    expect(bytes / ROWS).toBeLessThan(most);
  },
);
