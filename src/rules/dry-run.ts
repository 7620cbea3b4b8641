/** Evaluates rows one after another and correlates them in memory, for rule tests and `rules run`. */
import type { Row, Verdict } from '../shared/event.ts';
import { correlationRoutes, evaluate } from './evaluate.ts';
import { firstTold, type RaisedRule, raisedRule, raisedRules } from './explain.ts';
import { DEVICE_TABLE, DeviceList } from './lists/device-list.ts';
import type { Program } from './program.ts';
import type { CorrelationRule } from './ruleset.ts';
import { Correlator } from './sigma/index.ts';

/** What the rules decided about one row. */
export interface DryRunResult {
  /** The verdict, with the alerts of the correlations that the row fulfilled. */
  readonly verdict: Verdict;
  /** The rules and correlations that the row raised, also those whose alerts have no destination. */
  readonly raised: readonly RaisedRule[];
}

/** A dry run of a program. Rows must come in the order in which they are to be correlated. */
export class DryRun {
  readonly #program: Program;
  readonly #correlator: Correlator<CorrelationRule>;

  constructor(program: Program) {
    this.#program = program;
    this.#correlator = new Correlator(program.correlations);
    if (program.devices instanceof DeviceList) program.devices.clear();
  }

  /** @param time when the row's event happened, in milliseconds since the epoch. */
  next(row: Row, time: number): DryRunResult {
    const { devices } = this.#program;
    // A host gives the rules its own list, and no dry run changes that.
    if (devices instanceof DeviceList && row.table === DEVICE_TABLE) devices.observe(row.properties, time);
    const verdict = evaluate(this.#program, row);
    if (verdict.kind === 'filtered') return { verdict, raised: [] };
    const raised = raisedRules(this.#program, row);
    if (!verdict.correlated) return { verdict, raised };
    const { blob, offset } = row.source;
    const alerts = this.#correlator
      .observe({ id: row.id, time, blob, offset }, verdict.correlated)
      .filter(({ by }) => !by.silent);
    return {
      verdict: {
        ...verdict,
        // It may be made only when it is asked for: then spreading leaves it out.
        event: verdict.event,
        routes: [...verdict.routes, ...alerts.flatMap((alert) => correlationRoutes(alert.by, alert))],
      },
      raised: [
        ...raised,
        ...alerts.map((alert) => {
          const matched = [...alert.event.group, { column: 'count', value: alert.count }];
          return raisedRule({ ...firstTold(alert.by), matched }, verdict.event);
        }),
      ],
    };
  }
}
