/** The mock cluster of librdkafka in Debian's kcat, over real sockets, and kcat to read back what arrived. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { z } from 'zod';
import { startChild } from './process.ts';

const run = promisify(execFile);

/** Whether the program is on the path: Debian and Ubuntu have it in the package `kcat`, as Homebrew has. */
export function isKcatInstalled(): boolean {
  return spawnSync('kcat', ['-V']).status === 0;
}

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
  /** Reads a topic from its beginning and goes on with what comes. Returns what ends it. */
  follow(topic: string, onMessage: (message: ReadMessage) => void): () => Promise<void>;
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
  const known = Promise.withResolvers<number>();
  const child = startChild({
    name: 'kcat',
    program: 'kcat',
    args: ['-b', 'none:1', '-X', 'test.mock.num.brokers=1', '-d', 'mock', '-C', '-t', 'started', '-u'],
    onLine(line) {
      const [, port] = /bootstrap\.servers=127\.0\.0\.1:(\d+)/.exec(line) ?? [];
      if (port !== undefined) known.resolve(Number(port));
    },
  });
  const port = await Promise.race([known.promise, child.ended]);
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
    follow(topic, onMessage) {
      const reader = startChild({
        name: 'kcat',
        program: 'kcat',
        args: ['-b', broker, '-C', '-q', '-J', '-u', '-o', 'beginning', '-t', topic],
        onLine(line) {
          // Whatever else it prints, such as that it reconnects, is no JSON.
          if (line.startsWith('{')) onMessage(messageOf(line));
        },
      });
      return async () => void (await reader.stop('SIGKILL'));
    },
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
    freeze: () => void child.signal('SIGSTOP'),
    thaw: () => void child.signal('SIGCONT'),
    async kill() {
      await child.stop('SIGKILL');
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
