/** Lets the relay drain after the last fault. Clocks are moved forward so that hours pass in a moment. */
import { setTimeout as delay } from 'node:timers/promises';
import { logNow } from './log-now.ts';
import type { ProducerOptions } from './note-row.ts';
import { judge } from './oracle/judge.ts';
import { produceHeartbeat } from './producer.ts';
import type { Recorder } from './recorder.ts';
import { LIVE_WITHIN_MS, LONGEST_BACKOFF_MS } from './relay-config.ts';
import type { Stage } from './stage.ts';

const HOUR_OFF_MS = 70 * 60_000;
const MOST_HOURS_OFF = 6;
/** The time between heartbeat rows, longer than it takes to find a row that fails alone and to deliver a heartbeat row. Milliseconds. */
const HEARTBEAT_MS = 8_000;
/** If nothing has moved for so long, only moving to the next hour can help. Milliseconds. */
const PATIENCE_MS = 20_000;
/** The same where a blob has grown unseen: what a killed process followed is taken up within 90 s. Milliseconds. */
const TAKEN_UP_MS = 100_000;
const LOOK_MS = 1_000;
/** The tasks of an archived blob: its own, and one for each destination. */
const TASKS_OF_AN_ARCHIVED_BLOB = 5;

/** Drains until everything has arrived, or cannot arrive any more. Returns how often the relay was switched off for an hour. */
export async function drain(stage: Stage, producing: ProducerOptions): Promise<number> {
  const { clock, consumers, recorder, storageWeather, signal, say } = stage;
  const beat = heartbeat(producing);
  for (const consumer of consumers) await consumer.setClock(clock.offset);
  // Rows that are completely in the storage must arrive within their bound.
  const goneBy = recorder.now() + LIVE_WITHIN_MS + longestTail(recorder);
  while ((await whatIsLeft(stage)).due > 0 && recorder.now() < goneBy) {
    await beat();
    await delay(LOOK_MS, undefined, { signal });
  }
  let hoursOff = await drainOverHours(stage, beat);
  if (storageWeather.archived.size > 0) {
    say(`Rehydrated: ${storageWeather.archived.size} blobs`);
    for (const [blob, from] of recorder.archivedAt) {
      recorder.disturbances.push({ kind: 'blob_archived', blob, from, to: recorder.now() });
    }
    storageWeather.archived.clear();
    hoursOff += await drainOverHours(stage, beat);
  }
  // Late notifications are awaited, because they would otherwise be left on the queue.
  await producing.herald.settled();
  await drainWithin(stage, async () => {});
  await Promise.all(consumers.map((consumer) => consumer.terminate()));
  return hoursOff;
}

async function drainOverHours(stage: Stage, beat: () => Promise<void>): Promise<number> {
  for (let hours = 1; hours <= MOST_HOURS_OFF; hours++) {
    await switchOffForAnHour(stage);
    if (await drainWithin(stage, beat)) return hours;
  }
  return MOST_HOURS_OFF;
}

/** Switches the relay off for an hour and corrects wrong clocks, because blobs of the present hour close only when it is over. */
async function switchOffForAnHour({ clock, consumers, recorder, signal, say }: Stage): Promise<void> {
  say('The relay is switched off for an hour');
  await recorder.disturb({ kind: 'hour_off' }, async () => {
    await Promise.all(consumers.map((consumer) => consumer.terminate()));
    await clock.set(clock.offset + HOUR_OFF_MS);
    for (const consumer of consumers) await consumer.setClock(clock.offset);
    await delay(200, undefined, { signal });
    await Promise.all(consumers.map((consumer) => consumer.start()));
  });
}

/** Drains while rows arrive. Returns false if nothing has moved for a while. */
async function drainWithin(stage: Stage, beat: () => Promise<void>): Promise<boolean> {
  let last = Number.POSITIVE_INFINITY;
  let lastChange = performance.now();
  for (;;) {
    const { rows, unseen, isDone } = await whatIsLeft(stage);
    if (isDone) return true;
    if (rows !== last) lastChange = performance.now();
    else if (performance.now() - lastChange > (unseen > 0 ? TAKEN_UP_MS : PATIENCE_MS)) return false;
    last = rows;
    await beat();
    await delay(LOOK_MS, undefined, { signal: stage.signal });
  }
}

interface Left {
  readonly rows: number;
  /** The number of these rows that are completely in the storage. */
  readonly due: number;
  /** Blobs that are longer than their checkpoints say. */
  readonly unseen: number;
  readonly isDone: boolean;
}

/** Counts the rows that have not arrived, and what else is unfinished, except for archived blobs. */
async function whatIsLeft(stage: Stage): Promise<Left> {
  const log = await logNow(stage);
  const { standings } = judge(log);
  const sum = (of: 'missing' | 'due') => standings.reduce((all, each) => all + each[of], 0);
  const rows = sum('missing');
  const { queued } = log.end;
  const blobs = log.end.blobs.filter(({ blob }) => !log.archived.includes(blob));
  const open = blobs.filter(({ checkpoint }) => checkpoint?.closed !== true);
  const unseen = blobs.filter(({ length, checkpoint }) => checkpoint?.length !== length).length;
  const behind = blobs.flatMap(({ checkpoint }) => checkpoint?.behind ?? []);
  const isolating = log.letters.filter((letter) => letter.isolating);
  stage.recorder.note(
    `left: ${rows} rows, ${queued} tasks, ${open.length} open blobs, ${unseen} that grew unseen, ${behind.length} behind (${[...new Set(behind)].join()}), ${isolating.length} rows tried again`,
  );
  const tasks = queued - log.archived.length * TASKS_OF_AN_ARCHIVED_BLOB;
  const isDone = rows === 0 && tasks <= 0 && open.length + unseen + behind.length + isolating.length === 0;
  return { rows, due: sum('due'), unseen, isDone };
}

/** Regularly writes a row for every destination, because a destination that receives nothing cannot prove that it is alive. */
function heartbeat(producing: ProducerOptions): () => Promise<void> {
  const { recorder } = producing;
  let beats = 0;
  let last = 0;
  return async () => {
    if (recorder.now() - last < HEARTBEAT_MS) return;
    last = recorder.now();
    await produceHeartbeat(producing, beats++);
  };
}

/** The longest time for which a back-off may still be in effect. Milliseconds. */
function longestTail({ disturbances }: Recorder): number {
  return Math.min(LONGEST_BACKOFF_MS, Math.max(0, ...disturbances.map(({ from, to }) => to - from)));
}
