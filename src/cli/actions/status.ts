/** Shows the status that the relay stores in the storage account, once or repeatedly. */
import { readFile, stat } from 'node:fs/promises';
import { collectStatus, type StatusReport } from '../../relay/status/report.ts';
import { deletedOn, type LifecyclePolicy, parsePolicy } from '../../relay/status/retention.ts';
import { systemClock } from '../../shared/clock.ts';
import { messageOf, RelayError } from '../../shared/errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { openPorts, refuseNewerState, sourcesNamed } from './open.ts';
import { renderStatus } from './status/render.ts';

export interface StatusCommandOptions {
  readonly config: string;
  readonly format: 'table' | 'json';
  readonly source: string | undefined;
  readonly watch: boolean;
  /** In milliseconds, like `since` and `maxLag`. */
  readonly interval: number;
  readonly since: number | undefined;
  readonly maxLag: number;
  readonly policy: string | undefined;
}

export async function runStatus(
  options: StatusCommandOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { config, ports } = await openPorts(options.config);
  const sources = sourcesNamed(options.source, ports.sources);
  const policy = options.policy === undefined ? undefined : await readPolicy(options.policy);
  const collect = async () => {
    const collecting = collectStatus(
      { ...ports, sources },
      {
        destinations: Object.keys(config.destinations),
        sinceMs: options.since ?? config.sweep.wide,
        maxLagMs: options.maxLag,
        silentAfterMs: config.sweep.silent_after,
        tellsTroubles: config.operational.to.length > 0,
        listFeeds: Object.keys(config.list_feeds),
        deletedOn: ({ retentionMs }) =>
          policy === undefined && retentionMs === undefined ? undefined : deletedOn({ retentionMs, policy }),
      },
      signal,
    );
    // Beside the report, since an account that does not answer keeps each of them waiting.
    const [report] = await Promise.all([collecting, refuseNewerState(ports, signal)]);
    return report;
  };
  const isJson = options.format === 'json';
  const textOf = (report: StatusReport) =>
    isJson ? JSON.stringify(report) : renderStatus(report, out.color);
  if (!options.watch) {
    const report = await collect();
    out.print(textOf(report));
    if (report.alarms.length > 0) return EXIT.failed;
    return report.unknown.length > 0 ? EXIT.unknown : EXIT.ok;
  }
  const live = isJson ? undefined : out.live();
  try {
    for (;;) {
      const text = textOf(await collect());
      if (live) live.show(text);
      else out.print(text);
      await systemClock.sleep(options.interval, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return EXIT.stopped;
  } finally {
    live?.done();
  }
}

/** The size limit of a policy file. A policy has at most 100 rules, so a larger file is something else. */
const MOST_POLICY_BYTES = 1_048_576;

async function readPolicy(file: string): Promise<LifecyclePolicy> {
  try {
    if ((await stat(file)).size > MOST_POLICY_BYTES)
      throw new RelayError('bad_policy', `${file} is no policy: it is too long`);
    return parsePolicy(await readFile(file, 'utf8'));
  } catch (cause) {
    if (cause instanceof RelayError) throw cause;
    throw new RelayError('bad_policy', `${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
