/** Rows one after the other with their correlations, in memory: what tests and `rules run` use. */
import type { Row, Verdict } from '../shared/event.ts';
import { correlationRoutes, evaluate } from './evaluate.ts';
import { type RaisedRule, raisedRules } from './explain.ts';
import type { Program } from './program.ts';
import type { CorrelationRule } from './ruleset.ts';
import { Correlator } from './sigma/index.ts';

/** What became of a row. */
export interface DryRunResult {
  /** With the alerts of correlations. */
  readonly verdict: Verdict;
  /** The rules and correlations that were raised, whether or not their alerts go anywhere. */
  readonly raised: readonly RaisedRule[];
}

/** Rows one after the other, correlated in memory: for tests and dry runs. */
export class DryRun {
  readonly #program: Program;
  readonly #correlator: Correlator<CorrelationRule>;

  constructor(program: Program) {
    this.#program = program;
    this.#correlator = new Correlator(program.correlations);
  }

  /** @param time when it happened, milliseconds since the epoch. */
  next(row: Row, time: number): DryRunResult {
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
        ...alerts.map(({ by: { rule } }) => ({
          title: rule.title,
          ...(rule.id !== undefined && { id: rule.id }),
        })),
      ],
    };
  }
}
