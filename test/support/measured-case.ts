import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import type { Azurite } from '../../lab/azurite.ts';
import { httpNotifier, notificationRequest } from '../../lab/notifications.ts';
import { type PickyReceiver, type Refusal, startPickyReceiver } from '../../lab/receivers/picky.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { blobName } from '../../lab/writer.ts';

/** Rows in tables, one receiver that does not want some of them, and how many consumers carry them. */
export interface MeasuredCase {
  /** Names its containers and queue: lower-case letters and digits. */
  readonly name: string;
  /** Rows of each table, table `t0` first: each is the text of a column, `ok` for nothing special. */
  readonly tables: readonly (readonly string[])[];
  /** By the marks (`t<table>-<row>`) and the text of a request. */
  readonly refuses: (body: string, marks: readonly string[]) => Refusal | undefined;
  /** Marks of rows that the receiver never takes: all other rows are innocent. */
  readonly poisoned: ReadonlySet<string>;
  readonly destination?: 'webhook' | 'splunk_hec';
  readonly consumers?: number;
  /** Lines of relay.yaml that differ from the defaults. */
  readonly settings?: string;
  /** How many appends each table's rows are written in. Default 3. */
  readonly rounds?: number;
  /** Between two of them. Default 2,000 ms. */
  readonly roundMs?: number;
  /** An innocent row has to arrive within this of being written. Default 30,000 ms, which the docs promise. */
  readonly withinMs?: number;
}

export interface Outcome {
  /** Marks of innocent rows that had not come within `withinMs` of being written. */
  readonly late: readonly string[];
  readonly innocent: number;
  /** The longest an innocent row took from being written. Milliseconds. */
  readonly slowestMs: number;
  /** Requests that held one poisoned row and nothing else. */
  readonly loneRefusals: number;
  readonly requests: number;
  /** Last lines of the consumers' logs, for a person. */
  readonly log: string;
}

/** What can still be looked at while the relay runs on. */
export interface RunningCase {
  readonly outcome: Outcome;
  readonly receiver: PickyReceiver;
  /** When the last row was written. `performance.now()`, milliseconds. */
  readonly writtenAt: number;
  /** The final dead letters' marks: of rows that are not tried again. */
  buried(): Promise<readonly string[]>;
}

const KEY = 'a-key-for-the-endpoint';

/** Writes the rows, waits until the innocent ones came or are late, lets `look` see the rest, and ends everything. */
export async function runMeasuredCase<T>(
  azurite: Azurite,
  measured: MeasuredCase,
  look: (running: RunningCase) => Promise<T> | T,
): Promise<T> {
  const { name, tables, poisoned, settings = '', consumers = 1, rounds = 3, roundMs = 2_000 } = measured;
  const { withinMs = 30_000 } = measured;
  const folder = await mkdtemp(join(tmpdir(), `xdr-relay-${name}-`));
  const receiver = await startPickyReceiver(measured.refuses);
  const relays: ServeProcess[] = [];
  try {
    const file = await writeConfig(folder, configOf(measured, receiver.origin, settings));
    const env = { CONNECTION: azurite.connectionString, KEY, TOKEN: 'a-token-of-the-soc' };
    for (let n = 0; n < consumers; n++)
      relays.push(await startServe({ configFile: file, env, args: n === 0 ? [] : ['--no-endpoint'] }));
    const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
    const notify = httpNotifier(`${relays[0]?.url ?? ''}/events?code=${KEY}`);

    const written = new Map<string, number>();
    const writers = await Promise.all(
      tables.map(async (rows, table) => {
        const container = service.getContainerClient(`${name}-t${table}`);
        await container.create();
        return { table, rows, blob: await createBlob(container, azurite, notify) };
      }),
    );
    for (let round = 0; round < rounds; round++) {
      if (round > 0) await delay(roundMs);
      await Promise.all(
        writers.map(async ({ table, rows, blob }) => {
          const [from, to] = [round, round + 1].map((n) => Math.round((rows.length * n) / rounds));
          const marks = rows.map((_, row) => `t${table}-${row}`).slice(from, to);
          const texts = rows.slice(from, to).map((text, i) => rowText(table, marks[i] ?? '', text));
          if (texts.length === 0) return;
          const content = Buffer.from(texts.join(''));
          await blob.appendBlock(content, content.length);
          for (const mark of marks) written.set(mark, performance.now());
        }),
      );
    }
    const writtenAt = performance.now();

    const innocent = [...written].filter(([mark]) => !poisoned.has(mark));
    while (innocent.some(([mark]) => !receiver.taken.has(mark)) && performance.now() < writtenAt + withinMs) {
      await delay(100);
    }
    const now = performance.now();
    const took = innocent.map(
      ([mark, at]) => [mark, (receiver.taken.get(mark) ?? now + withinMs) - at] as const,
    );
    const outcome: Outcome = {
      late: took.filter(([, ms]) => ms > withinMs).map(([mark]) => mark),
      innocent: innocent.length,
      slowestMs: Math.round(Math.max(...took.map(([, ms]) => ms))),
      loneRefusals: receiver.requests.filter(({ marks: [mark, ...more], isTaken }) => {
        return !isTaken && mark !== undefined && poisoned.has(mark) && more.length === 0;
      }).length,
      requests: receiver.requests.length,
      log: relays.map((relay) => relay.log().slice(-3_000)).join('\n'),
    };
    const letters = service.getContainerClient(`${name}-letters`);
    return await look({ outcome, receiver, writtenAt, buried: () => buriedMarks(letters) });
  } finally {
    await Promise.all(relays.map((relay) => relay.stop('SIGKILL')));
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Waits until `holds`, up to a deadline (`performance.now()`, milliseconds); false when it never did. */
export async function within(deadline: number, holds: () => Promise<boolean>): Promise<boolean> {
  while (!(await holds())) {
    if (performance.now() > deadline) return false;
    await delay(500);
  }
  return true;
}

function configOf({ name, destination = 'webhook' }: MeasuredCase, origin: string, settings: string): string {
  const entry =
    destination === 'webhook'
      ? `{ type: webhook, url: "${origin}/webhook", allow_networks: [127.0.0.0/8] }`
      : `{ type: splunk_hec, url: "${origin}", token: "\${TOKEN}", compression: none, allow_networks: [127.0.0.0/8] }`;
  return `
storage:
  connection_string: "\${CONNECTION}"
  container_prefix: ${name}-t
  state_container: ${name}-state
  dead_letter_container: ${name}-letters
queue: { name: ${name} }
server: { keys: ["\${KEY}"] }
destinations:
  there: ${entry}
default_destinations: [there]
${settings}
`;
}

async function createBlob(
  container: ContainerClient,
  { account }: Azurite,
  notify: ReturnType<typeof httpNotifier>,
) {
  const path = blobName('72f988bf-86f1-41af-91ab-2d7cd011db47', Date.now());
  const blob = container.getAppendBlobClient(path);
  await blob.create();
  const ref = { account, container: container.containerName, name: path };
  await notify(
    notificationRequest({ ref, url: blob.url, id: crypto.randomUUID(), at: Date.now() }, 'event_grid'),
  );
  return blob;
}

function rowText(table: number, mark: string, text: string): string {
  const properties = {
    Timestamp: new Date().toISOString(),
    Mark: mark,
    ReportId: 1,
    ProcessCommandLine: text,
  };
  return `${JSON.stringify({
    time: new Date().toISOString(),
    tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
    category: `AdvancedHunting-Table${table}`,
    properties,
  })}\r\n`;
}

/** The rows of the dead letters that are final: those that are tried again lie in another folder. */
async function buriedMarks(letters: ContainerClient): Promise<readonly string[]> {
  const marks: string[] = [];
  for await (const { name } of letters.listBlobsFlat()) {
    if (!name.startsWith('there/')) continue;
    const content = await letters.getBlobClient(name).downloadToBuffer();
    const [, mark] = /\\?"Mark\\?":\\?"([\w-]+)/.exec(content.toString()) ?? [];
    marks.push(mark ?? name);
  }
  return marks.sort();
}
