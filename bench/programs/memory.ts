/** Carries a file of rows through the whole relay to a receiver, with blobs and state in memory. Azure alone is missing. */
import { createReadStream } from 'node:fs';
import { memoryPorts } from '../../lab/memory/ports.ts';
import { silentLogger } from '../../lab/silent.ts';
import { parseConfig } from '../../src/config/load.ts';
import { ruleContext } from '../../src/config/rule-context.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { prometheusMetrics } from '../../src/hosts/node/metrics.ts';
import { loadRuleFiles } from '../../src/hosts/node/rule-files.ts';
import { encodeTask, TASK_VERSION } from '../../src/queue/task.ts';
import { assembleRelay } from '../../src/relay/assemble.ts';
import { createDestinations } from '../../src/relay/destinations.ts';
import { createProcessState } from '../../src/relay/process-state.ts';
import { assemblySettings } from '../../src/relay/settings.ts';
import { compileRules } from '../../src/rules/index.ts';
import type { BlobRef } from '../../src/shared/blob-ref.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { report } from '../program.ts';
import { benchEnvironment, benchYaml, type YamlSource } from '../relay-yaml.ts';

/** What the program is told, as JSON, its only argument. */
export interface MemoryRun extends YamlSource {
  readonly rowFile: string;
  /** How often its rows are in the blob. */
  readonly times: number;
  readonly rows: number;
}

/** The first piece is carried twice: before anything is measured, so that the code is compiled, and with the others. */
const PIECE = 4 << 20;
/** Well-formed, and never used. */
const CONNECTION =
  'DefaultEndpointsProtocol=http;AccountName=memory;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/memory;QueueEndpoint=http://127.0.0.1:1/memory;';

const run = JSON.parse(process.argv[2] ?? '{}') as MemoryRun;
const { config, diagnostics } = parseConfig(benchYaml(run), 'relay.yaml', benchEnvironment(CONNECTION));
if (!config) throw new Error(JSON.stringify(diagnostics));
const before = process.cpuUsage();
const { rules, diagnostics: mistakes } = compileRules(
  await loadRuleFiles(run.transforms),
  ruleContext(config),
);
if (!rules) throw new Error(JSON.stringify(mistakes.filter(({ severity }) => severity === 'error')));
const compiling = cpuSeconds(before);

const services = { clock: systemClock, logger: silentLogger, metrics: prometheusMetrics({ process: false }) };
const ports = memoryPorts();
const settings = assemblySettings(config);
const relay = assembleRelay({
  ports,
  services,
  // One visit carries it all.
  settings: {
    ...settings,
    visits: { ...settings.visits, visitMs: 3_600_000, visitBytes: Number.MAX_SAFE_INTEGER },
  },
  destinations: createDestinations(config, { http: nodeHttpClient, clock: systemClock }),
  rules: () => rules,
  state: createProcessState({ memoryBytes: 1 << 30 }, services),
});
await relay.begin();
const never = new AbortController().signal;
const { handle } = relay.handler({ stop: never, abort: never });

const { warm, whole } = await load(run.rowFile, run.times);
await carry(warm);
// It counts what is measured.
await (await fetch(run.receiver, { method: 'DELETE' })).arrayBuffer();
const cpu = process.cpuUsage();
const began = performance.now();
await carry(whole);
const wallSeconds = (performance.now() - began) / 1000;
report({ cost: { rows: run.rows, cpuSeconds: cpuSeconds(cpu), wallSeconds } });
report({ measure: { name: 'compiling the rules', value: compiling * 1000, unit: 'CPU-ms' } });
await relay.close();

/** Two blobs: the beginning of the file, and all of it, `times` times. */
async function load(path: string, times: number) {
  const put = (hour: number, piece: Buffer) =>
    ports.blobs.append(
      'insights-logs-advancedhunting-bench',
      `tenantId=t/y=2026/m=11/d=23/h=0${hour}/m=00/PT1H.json`,
      piece,
    );
  let warm: BlobRef | undefined;
  let whole = put(2, Buffer.alloc(0));
  for (let time = 0; time < times; time++) {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE }) as AsyncIterable<Buffer>) {
      warm ??= put(1, piece.subarray(0, piece.lastIndexOf(10) + 1));
      whole = put(2, piece);
    }
  }
  if (!warm) throw new Error(`${path} is empty`);
  return { warm, whole };
}

/** One visit, as the queue's message has it made. */
async function carry(blob: BlobRef): Promise<void> {
  await ports.queue.send(encodeTask({ v: TASK_VERSION, id: blob.name.slice(-20), blob, origin: 'sweep' }));
  const [message] = await ports.queue.receive(1, 3_600);
  if (!message) throw new Error('the queue is empty');
  await handle(message);
}

function cpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}
