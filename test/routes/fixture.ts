import { z } from 'zod';
import { MemoryQueue } from '../../lab/memory/queue.ts';
import { createApp } from '../../routes/app.ts';
import type { EventsDeps } from '../../routes/events.ts';
import { type Task, taskSchema } from '../../src/queue/task.ts';
import { systemClock } from '../../src/shared/clock.ts';
import type { LogFields, Logger } from '../../src/shared/logger.ts';
import type { Metrics } from '../../src/shared/metrics.ts';
import { sources } from '../event-grid/samples.ts';

export const KEY = 'a-key-that-is-long-enough';

/** The `error` of an answer that refuses. */
export async function errorOf(response: Response) {
  return refusal.parse(await response.json()).error;
}

const refusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** An app over a queue in memory that remembers what it logged and counted. */
export function fixture(over: Partial<EventsDeps> = {}) {
  const queue = new MemoryQueue('tasks', systemClock);
  const lines: LogLine[] = [];
  const counts = new Map<string, number>();
  const logger = recordingLogger(lines);
  const metrics: Metrics = {
    count(name, labels = {}, by = 1) {
      const key = [
        name.replace('xdr_relay_notifications_total', 'notifications'),
        labels.result,
        labels.reason,
      ];
      const text = key.filter(Boolean).join(' ');
      counts.set(text, (counts.get(text) ?? 0) + by);
    },
    gauge() {},
    gaugeFrom: () => () => {},
    observe() {},
  };
  const app = createApp({
    events: {
      queue,
      sources,
      keys: [KEY],
      allowedOrigins: ['eventgrid.azure.net'],
      bodyLimit: 1_572_864,
      clock: systemClock,
      logger,
      metrics,
      ...over,
    },
    logger,
  });
  return {
    app,
    lines,
    counts: () => Object.fromEntries(counts),
    tasks: () => drain(queue),
    /** Posts JSON, or a text as it is. */
    post: (body: unknown, headers: Record<string, string> = {}, path = `/events?code=${KEY}`) =>
      app.request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
  };
}

async function drain(queue: MemoryQueue): Promise<readonly Task[]> {
  const tasks: Task[] = [];
  for (;;) {
    const messages = await queue.receive(32, 60);
    if (messages.length === 0) return tasks;
    for (const message of messages) tasks.push(taskSchema.parse(JSON.parse(message.body)));
  }
}

function recordingLogger(lines: LogLine[]): Logger {
  const at = (level: string) => (message: string, fields?: LogFields) => {
    lines.push({ level, message, fields });
  };
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  return logger;
}
