/** The report of `status` for the console. Each look lists the recent hours of every container. */
import { type Alarm, alarmsOf } from '../../relay/status/alarms.ts';
import { collectStatus, type StatusReport } from '../../relay/status/report.ts';
import type { ConsoleContext } from '../page.ts';

/** As the command `status` has it by default. */
const MAX_LAG_MS = 30 * 60_000;

export interface Status {
  readonly report: StatusReport;
  readonly alarms: readonly Alarm[];
}

/** Reads the state. What is deleted soon is left out: for that, whole containers are listed. */
export async function readStatus({ config, ports, services, signal }: ConsoleContext): Promise<Status> {
  const options = {
    destinations: Object.keys(config.destinations),
    sinceMs: config.sweep.wide,
    maxLagMs: MAX_LAG_MS,
    silentAfterMs: config.sweep.silent_after,
    tellsTroubles: false,
    listFeeds: Object.keys(config.list_feeds),
  };
  const report = await collectStatus({ ...ports, clock: services.clock }, options, signal);
  return { report, alarms: alarmsOf(report, options) };
}
