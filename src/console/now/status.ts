/**
 * The report of `status` for the console. Each look lists the recent hours of every container, which may take longer than a request may:
 * a look goes on by itself, one at a time, and requests get the last one that has ended.
 */
import { type Alarm, alarmsOf } from '../../relay/status/alarms.ts';
import { collectStatus, type StatusReport } from '../../relay/status/report.ts';
import { withDeadline } from '../../shared/deadline.ts';
import { RelayError } from '../../shared/errors.ts';
import { slept } from '../../shared/slept.ts';
import type { ConsoleContext } from '../page.ts';

/** As the command `status` has it by default. */
const MAX_LAG_MS = 30 * 60_000;
/** How long a request waits for a look. Milliseconds. */
const WAIT_MS = 8_000;
/** The longest that a look may take. Milliseconds. */
const LONGEST_MS = 5 * 60_000;

export interface Status {
  readonly report: StatusReport;
  readonly alarms: readonly Alarm[];
}

interface Looks {
  /** The last look that has ended. */
  last?: Status;
  running?: Promise<Status> | undefined;
}

/** By the ports: those of a process stay the same, a Worker has others in each invocation, which cannot share a look. */
const looks = new WeakMap<object, Looks>();

/**
 * What the state says, at most some time ago: see `report.at`. What is deleted soon is left out: for that, whole containers are listed.
 * Throws what the look throws, and `timeout` while the first look has not ended.
 */
export async function readStatus(context: ConsoleContext): Promise<Status> {
  const { ports, services, signal } = context;
  const known: Looks = looks.get(ports) ?? {};
  looks.set(ports, known);
  known.running ??= look(context, known);
  const over = new AbortController();
  const waited = slept(services.clock, WAIT_MS, AbortSignal.any([signal, over.signal])).then(() => undefined);
  const ended = await Promise.race([known.running, waited]).finally(() => over.abort());
  signal.throwIfAborted();
  const status = ended ?? known.last;
  if (status) return status;
  throw new RelayError('timeout', 'The storage account takes long to list: it is still being looked at.');
}

async function look({ config, ports, services }: ConsoleContext, known: Looks): Promise<Status> {
  const options = {
    destinations: Object.keys(config.destinations),
    sinceMs: config.sweep.wide,
    maxLagMs: MAX_LAG_MS,
    silentAfterMs: config.sweep.silent_after,
    tellsTroubles: false,
    listFeeds: Object.keys(config.list_feeds),
  };
  try {
    const deps = { ...ports, clock: services.clock };
    const report = await withDeadline(
      LONGEST_MS,
      undefined,
      (signal) => collectStatus(deps, options, signal),
      services.clock,
    );
    known.last = { report, alarms: alarmsOf(report, options) };
    return known.last;
  } finally {
    known.running = undefined;
  }
}
