/** Renders the report of a soak for people. */
import { grouped, table } from '../lab/oracle/reconciliation.ts';
import type { SoakOptions } from './options.ts';
import type { Verdict } from './oracle/judge.ts';
import type { EndState } from './oracle/log.ts';

export interface RunFigures {
  readonly options: SoakOptions;
  readonly seconds: number;
  readonly blobs: number;
  readonly faults: ReadonlyMap<string, number>;
  /** How often the relay was switched off for an hour during draining. */
  readonly hoursOff: number;
}

/** Renders the results of a run as a table. */
export function reportText(verdict: Verdict, end: EndState, figures: RunFigures): string {
  const { options, faults } = figures;
  const total = [...faults.values()].reduce((sum, times) => sum + times, 0);
  const rows = verdict.standings.map(
    ({ destination, expected, arrived, deadLetters, torn, gone, missing, pace, repeats }) => [
      destination,
      ...[
        expected,
        arrived,
        deadLetters,
        torn,
        gone,
        missing,
        pace.most / 1_000,
        pace.slowest / 1_000,
        repeats.total,
        repeats.afterLostReplies,
        repeats.afterRefusals,
        repeats.afterInjuries,
        repeats.afterBrokenClaims,
        repeats.afterOverwrites,
      ].map(grouped),
    ],
  );
  const head = [
    'destination',
    'expected',
    'arrived',
    'dead letters',
    'torn',
    'overwritten',
    'LOST',
    's for 99 %',
    's for all',
    'repeats:',
    'reply lost',
    'refusal',
    'injury',
    'claim broken',
    'overwrite',
  ];
  return [
    `Seed ${options.seed}, ${options.minutes} min, ${options.consumers} consumers, ${options.destinations.join(',')}: ${Math.round(figures.seconds)} s in all`,
    `${grouped(verdict.rows)} rows in ${figures.blobs} blobs, ${verdict.unreadable} of them unreadable; ${grouped(total)} faults; switched off for an hour ${figures.hoursOff} times`,
    '',
    ...table([head, ...rows]),
    '',
    ...table([
      ['fault', 'times'],
      ...[...faults].sort(([a], [b]) => (a < b ? -1 : 1)).map(([kind, times]) => [kind, grouped(times)]),
    ]),
    '',
    ...table([
      ['consumer', 'peak MiB', 'crashes'],
      ...end.consumers.map(({ name, peakBytes, crashes }) => [
        name,
        grouped(peakBytes / 1_048_576),
        String(crashes),
      ]),
    ]),
    '',
    ...(verdict.complaints.length === 0
      ? [
          `Nothing lost. Seed ${options.seed}: ${grouped(total)} faults, ${grouped(verdict.rows)} rows, 0 lost.`,
        ]
      : [`NOT as it should be; seed ${options.seed}:`, ...verdict.complaints.map((each) => `  ${each}`)]),
  ].join('\n');
}
