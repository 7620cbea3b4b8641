/** The page Setup: the checks of `xdr-relay doctor`, group by group, run when somebody asks for it. */
import { z } from 'zod';
import type { RelayConfig } from '../../config/schema.ts';
import { type CheckResult, runChecks, withoutSecrets } from '../../relay/doctor/run.ts';
import { RelayError } from '../../shared/errors.ts';
import type { SetupGroup, SetupPage, SetupRun, SetupRunBody } from '../model/setup.ts';
import { act, type ConsoleContext, view } from '../page.ts';
import { showsQuotes, withoutAnswer } from '../quotes.ts';
import { CHECK_GROUPS, type CheckGroup, checksOf } from './groups.ts';

/** The longest that one check may take: people wait for it, and so does their browser. Milliseconds. */
const CHECK_MS = 20_000;

interface LastRun extends SetupRun {
  readonly results: readonly CheckResult[];
}

/** By group, the last run in this process: it goes with the configuration that was checked. */
const lastRuns = new WeakMap<RelayConfig, Map<string, LastRun>>();

const setupPage = view({
  path: 'setup',
  query: z.strictObject({}),
  keptMs: 0,
  async read(_query, context): Promise<SetupPage> {
    return {
      at: context.services.clock.now(),
      ...(context.host.doctor === undefined && { trouble: 'This host cannot run the checks of the doctor.' }),
      groups: CHECK_GROUPS.map((group) => shownGroup(group, context)),
    };
  },
});

function shownGroup(group: CheckGroup, { config, host }: ConsoleContext): SetupGroup {
  const last = lastRuns.get(config)?.get(group.id);
  const results = new Map(last?.results.map((result) => [result.id, result]));
  const showsAll = showsQuotes(config);
  return {
    id: group.id,
    title: group.title,
    checks: checksOf(group).map(({ id, title }) => {
      const notRun = host.checksNotRun?.[id];
      const result = results.get(id);
      return {
        id,
        title,
        ...(notRun !== undefined && { notRun }),
        ...(result && {
          result: {
            state: result.state,
            seconds: result.seconds,
            findings: result.findings.map(({ severity, message, fix, mayQuote }) => ({
              severity,
              message: mayQuote && !showsAll ? withoutAnswer(message) : message,
              ...(fix !== undefined && { fix }),
            })),
          },
        }),
      };
    }),
    ...(last && { ran: { on: last.on, by: last.by, sent: last.sent } }),
  };
}

const runBody: z.ZodType<SetupRunBody> = z.strictObject({
  group: z.enum(CHECK_GROUPS.map(({ id }) => id)),
  send: z.boolean().exactOptional(),
});

const run = act({
  path: 'setup/run',
  body: runBody,
  describe: ({ group, send }) =>
    `runs the checks of the group ${group}${send === true ? ', with a test event to each destination' : ''}`,
  async run({ group: id, send = false }, context): Promise<SetupGroup> {
    const { config, ports, services, host, viewer, signal } = context;
    const group = CHECK_GROUPS.find((one) => one.id === id);
    if (group === undefined || host.doctor === undefined) {
      throw new RelayError('checks_unavailable', 'This host cannot run the checks of the doctor');
    }
    const { context: doctor, secrets, close } = host.doctor({ config, ports, services }, { send });
    try {
      const checks = checksOf(group).filter((check) => host.checksNotRun?.[check.id] === undefined);
      const on = services.clock.now();
      const report = await runChecks(checks, doctor, { timeoutMs: CHECK_MS, signal });
      const runs = lastRuns.get(config) ?? new Map<string, LastRun>();
      lastRuns.set(config, runs);
      runs.set(id, {
        on,
        by: viewer.name,
        sent: send,
        results: withoutSecrets(report.checks, [...host.secrets, ...secrets]),
      });
    } finally {
      await close();
    }
    return shownGroup(group, context);
  },
});

export const setupViews = [setupPage];
export const setupActs = [run];
