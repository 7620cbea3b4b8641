/** Has rules compiled for the console's page that lists them, in a thread that ends with it: thousands take seconds, in which no row would move. */
import { getHeapStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { ConsoleHost } from '../../console/page.ts';
import { type ListedSet, listedSet, notListed } from '../../console/rules/listed.ts';
import type { Clock } from '../../shared/clock.ts';
import { DeadlineError, withDeadline } from '../../shared/deadline.ts';
import { messageOf } from '../../shared/errors.ts';
import { plainFile, type RuleListData } from './rule-list-thread.ts';

/** 10,000 rules take some ten seconds on a slow machine. Milliseconds. */
const LONGEST_MS = 120_000;

/** @param file what runs the thread; undefined where there is none: rules are then compiled in this thread. */
export function listRulesBy(
  file: () => Promise<string | undefined>,
  clock: Pick<Clock, 'after'>,
): NonNullable<ConsoleHost['listRules']> {
  return async (files, config) => {
    const path = await file();
    if (path === undefined) return listedSet(files, config);
    const data: RuleListData = { files: files.map(plainFile), config };
    const worker = new Worker(path, {
      workerData: data,
      name: 'rule-list',
      // What is too large for it ends the thread and not the process.
      resourceLimits: { maxOldGenerationSizeMb: Math.floor(getHeapStatistics().heap_size_limit / 2 ** 20) },
    });
    try {
      return await withDeadline(LONGEST_MS, undefined, () => answerOf(worker), clock);
    } catch (error) {
      if (error instanceof DeadlineError) return notListed('compiling them took too long');
      return notListed(messageOf(error));
    } finally {
      await worker.terminate();
    }
  };
}

function answerOf(worker: Worker): Promise<ListedSet> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread that compiles them ended')));
  });
}
