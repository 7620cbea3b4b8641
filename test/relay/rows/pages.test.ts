/** A row that stays bytes keeps its page in memory: nothing that waits may keep a row. */
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { BlobStore } from '../../../src/blobs/port.ts';
import { compileRules } from '../../../src/rules/index.ts';
import { relay, row } from '../harness.ts';

const PIECE = 16_384;
const ROWS = 400;

const FILES = [
  {
    path: 'DeviceEvents.yaml',
    text: `table: DeviceEvents
dedupe: true
transform:
  - rename: { DeviceName: host }
  - set: { environment: production }
`,
  },
  {
    path: 'detections/odd.yml',
    text: `title: Odd
name: odd
level: high
logsource: { product: m365defender, service: DeviceEvents }
detection: { selection: { FileName|endswith: '.exe' }, condition: selection }
`,
  },
  {
    path: 'detections/often.yml',
    text: `title: Often
level: high
correlation:
  type: value_count
  rules: [odd]
  group-by: [DeviceName]
  timespan: 5m
  condition: { field: FileName, gte: 3 }
  generate: true
`,
  },
];

/** Gives pieces of their own, and remembers them as long as anybody else does. */
function watched(read: BlobStore['read'], pages: WeakRef<ArrayBuffer>[]): BlobStore['read'] {
  return async function* (...parameters) {
    for await (const piece of read(...parameters)) {
      for (let from = 0; from < piece.length; from += PIECE) {
        const page = new Uint8Array(piece.subarray(from, from + PIECE));
        pages.push(new WeakRef(page.buffer));
        yield page;
      }
    }
  };
}

it('pages are free while their rows wait for a destination, and after they were counted and compared', async () => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const { rules, diagnostics } = compileRules(FILES, {
    destinations: ['splunk'],
    defaultDestinations: ['splunk'],
    alerts: [{ levels: ['high'], to: ['splunk'] }],
    variables: {},
  });
  if (!rules) throw new Error(JSON.stringify(diagnostics));
  const r = relay(['splunk'], { bufferBytes: 1 << 24 });
  const pages: WeakRef<ArrayBuffer>[] = [];
  const { blobs } = r.deps;
  Object.assign(r.deps, { rules: () => rules });
  Object.assign(blobs, { read: watched(blobs.read.bind(blobs), pages) });
  const answer = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  r.sink('splunk').behave = () => {
    asked.resolve();
    return answer.promise;
  };
  const text = Array.from({ length: ROWS }, (_, n) =>
    row(n, { DeviceName: `pc-${n % 7}`, FileName: `a${n % 50}.exe`, ProcessCommandLine: 'x'.repeat(1_000) }),
  );
  r.append(text.join(''));
  await r.notify();
  const working = r.work();
  await asked.promise;
  await delay(50);
  expect(pages.length).toBeGreaterThan(20);
  // What is read last stays until the visit ends.
  await expect
    .poll(() => {
      collect();
      return pages.filter((page) => page.deref()).length;
    })
    .toBeLessThanOrEqual(2);
  answer.resolve();
  await working;
  expect(r.sink('splunk').batches.flatMap(({ items }) => items).length).toBeGreaterThanOrEqual(ROWS);
});
