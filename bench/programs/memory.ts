/** Measures the whole relay: one blob of generated rows, delivered to a Splunk HEC receiver in another process. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createGenerator } from '../../lab/generator/generator.ts';
import { memoryPorts } from '../../lab/memory/ports.ts';
import { silentLogger } from '../../lab/silent.ts';
import { splunkHecConfig } from '../../src/destinations/splunk-hec/config.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { prometheusMetrics } from '../../src/hosts/node/metrics.ts';
import { TASK_VERSION } from '../../src/queue/task.ts';
import { assembleRelay } from '../../src/relay/assemble.ts';
import { createDestinations } from '../../src/relay/destinations.ts';
import { createProcessState } from '../../src/relay/process-state.ts';
import { visit } from '../../src/relay/visit/visit.ts';
import { compileRules } from '../../src/rules/index.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import { systemClock } from '../../src/shared/clock.ts';

// One blob of generated rows through the whole relay to a Splunk HEC receiver in another process, gzip on.
// What is not here is Azure: blobs and checkpoints are in memory. Usage: node bench/programs/memory.ts [rows]

const TOTAL = Number(process.argv[2] ?? 200_000);
const PIECE = 20_000;

const receiver = fork(new URL('./receiver.ts', import.meta.url));
const [port] = (await once(receiver, 'message')) as [number];

const generator = createGenerator({ seed: 1, now: Date.now });
const lines: Buffer[] = [];
while (lines.length < Math.min(TOTAL, PIECE)) lines.push(generator.next().line);
const piece = Buffer.concat(lines);
const rowBytes = piece.length / lines.length;

const plain: RuleFile[] = [];
const busy: RuleFile[] = [
  {
    path: 'DeviceProcessEvents.yaml',
    text: 'table: DeviceProcessEvents\ntransform:\n  - rename: { DeviceName: host }\n  - remove: [ReportId]\n',
  },
  {
    path: 'DeviceNetworkEvents.yaml',
    text: 'table: DeviceNetworkEvents\nfilter:\n  - title: all\n    detection: { x: { DeviceName|exists: true }, condition: x }\n',
  },
];

for (const [name, files] of [
  ['as they are', plain],
  ['one table filtered, one reshaped', busy],
] as const) {
  const { rules, diagnostics } = compileRules(files, {
    destinations: ['splunk'],
    defaultDestinations: ['splunk'],
    alerts: [],
    variables: {},
  });
  if (!rules) throw new Error(JSON.stringify(diagnostics));
  const services = {
    clock: systemClock,
    logger: silentLogger,
    metrics: prometheusMetrics({ process: false }),
  };
  const ports = memoryPorts();
  const { blobs } = ports;
  const config = splunkHecConfig.parse({
    type: 'splunk_hec',
    url: `http://127.0.0.1:${port}`,
    token: 'token',
    allow_networks: ['127.0.0.0/8'],
  });
  const relay = assembleRelay({
    ports,
    services,
    settings: {
      visits: {
        latenessMs: 900_000,
        pollMinMs: 5000,
        pollMaxMs: 60_000,
        rowBytes: 4 << 20,
        bufferBytes: 8 << 20,
        retry: { retryForMs: 60_000, retryMinMs: 500, retryMaxMs: 30_000 },
        isolateAfterMs: 900_000,
        checkpointEveryMs: 1_000,
        visitMs: 600_000,
        visitBytes: Number.MAX_SAFE_INTEGER,
      },
      consumer: { concurrency: 1, visibilitySeconds: 120, dequeueLimit: 5 },
      sweeps: { intervalMs: 60_000, recentMs: 3_600_000, wideIntervalMs: 3_600_000, wideMs: 3_600_000 },
      retryAfterMaxMs: 900_000,
      former: new Map(),
    },
    destinations: createDestinations(
      { destinations: { splunk: config }, delivery: { retry_after_max: 900_000 } },
      { http: nodeHttpClient, clock: systemClock },
    ),
    rules: () => rules,
    state: createProcessState({ memoryBytes: 1 << 30 }, services),
  });
  const [source] = relay.sources;
  if (!source) throw new Error('no source');
  const container = 'insights-logs-advancedhunting-mixed';
  let ref = blobs.append(container, 'x/y=2026/m=11/d=23/h=07/m=00/PT1H.json', Buffer.alloc(0));
  for (let rows = 0; rows < TOTAL; rows += lines.length) ref = blobs.append(ref.container, ref.name, piece);

  const never = new AbortController().signal;
  const cpu = process.cpuUsage();
  const began = performance.now();
  await visit(
    source.deps,
    { v: TASK_VERSION, id: 'bench', blob: ref, origin: 'tail' },
    { stop: never, abort: never },
  );
  const seconds = (performance.now() - began) / 1000;
  const used = process.cpuUsage(cpu);
  const cpuSeconds = (used.user + used.system) / 1e6;
  console.log(
    `${name}: ${TOTAL.toLocaleString('en')} rows of ${Math.round(rowBytes)} bytes in ${seconds.toFixed(1)} s: ` +
      `${Math.round(TOTAL / seconds).toLocaleString('en')} rows/s, ` +
      `${Math.round(TOTAL / cpuSeconds).toLocaleString('en')} rows per CPU-second, ` +
      `${Math.round(process.memoryUsage.rss() / 1048576)} MiB`,
  );
  await relay.close();
}
receiver.disconnect();
