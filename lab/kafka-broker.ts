/** The mock cluster of librdkafka in Debian's kcat, over real sockets, and kcat to read back what arrived. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

/** Tests that need it are skipped without it. */
export const hasKcat = spawnSync('kcat', ['-V']).status === 0;
if (!hasKcat) console.warn('kcat is missing: apt-get install kcat. The Kafka protocol is not tested.');

/** A message as `kcat -J` prints it. */
const printed = z.object({
  topic: z.string(),
  partition: z.number(),
  offset: z.number(),
  ts: z.number(),
  key: z.string().nullish(),
  payload: z.string(),
  headers: z.array(z.string()).default([]),
});

export interface ReadMessage {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string | undefined;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface MockBroker {
  readonly port: number;
  /** Everything in a topic, by partition and offset. */
  read(topic: string): Promise<readonly ReadMessage[]>;
  /** The partition in which librdkafka's producer puts a key, as Java's does. */
  partitionOf(topic: string, key: string): Promise<number>;
  /** It neither answers nor closes connections. */
  freeze(): void;
  thaw(): void;
  /** Ends it at once, and all its connections. What it had is gone. */
  kill(): Promise<void>;
}

/** Starts a cluster of one broker, whose topics have four partitions. Any topic that is asked about is there. */
export async function startMockBroker(): Promise<MockBroker> {
  const child = spawn(
    'kcat',
    ['-b', 'none:1', '-X', 'test.mock.num.brokers=1', '-d', 'mock', '-C', '-t', 'started', '-u'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const port = await portOf(child);
  const broker = `127.0.0.1:${port}`;
  const read = async (topic: string) => {
    const { stdout } = await run(
      'kcat',
      ['-b', broker, '-X', 'fetch.wait.max.ms=10', '-C', '-q', '-J', '-e', '-t', topic],
      {
        maxBuffer: 256 * 1024 * 1024,
        timeout: 20_000,
      },
    );
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map(messageOf)
      .toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
  };
  return {
    port,
    read,
    async partitionOf(topic, key) {
      const producer = spawn('kcat', [
        '-b',
        broker,
        '-P',
        '-t',
        topic,
        '-k',
        key,
        '-X',
        'partitioner=murmur2',
      ]);
      producer.stdin.end('probe');
      await once(producer, 'close');
      const found = (await read(topic)).find((message) => message.key === key);
      return found?.partition ?? -1;
    },
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

function messageOf(line: string): ReadMessage {
  const { partition, offset, ts, key, payload, headers } = printed.parse(JSON.parse(line));
  const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1] ?? ''] as const] : []));
  return {
    partition,
    offset,
    timestamp: ts,
    key: key ?? undefined,
    value: payload,
    headers: Object.fromEntries(pairs),
  };
}

/** Its standard error must be read to the end, or it would wait for somebody to. */
function portOf(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let said = '';
  child.once('exit', () => reject(new Error(`kcat ended: ${said}`)));
  child.stderr?.on('data', (chunk) => {
    if (said.length > 10_000) return;
    said += String(chunk);
    const [, port] = /bootstrap\.servers=127\.0\.0\.1:(\d+)/.exec(said) ?? [];
    if (port !== undefined) resolve(Number(port));
  });
  return promise;
}
