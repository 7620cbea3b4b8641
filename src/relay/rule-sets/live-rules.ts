/** The rule set in force: a newer one replaces it, one with errors does not. */

import type { StateDocuments } from '../../checkpoints/documents.ts';
import { ruleContext } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../diagnostics/render.ts';
import { compileRules } from '../../rules/index.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { RuleContext, RuleSet } from '../../rules/ruleset.ts';
import type { Clock } from '../../shared/clock.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { loggedError, NarrowRelayError, RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import {
  forgetRules,
  MOST_REFUSAL_ERRORS,
  type RulesHost,
  type RulesRefusal,
  removeOldRulesRecords,
  TELL_RULES_MS,
  tellRules,
} from './records.ts';

/** The rule files have errors. Code `rules_invalid`; the message holds all of them, as `rules check` shows them. */
export class RulesError extends NarrowRelayError<CodeOf<'rules'>> {
  readonly errors: readonly Diagnostic[];

  constructor(errors: readonly Diagnostic[], sources: ReadonlyMap<string, string>) {
    super('rules_invalid', `The rules have errors:\n\n${renderDiagnostics(errors, sources)}`);
    this.errors = errors;
  }
}

/** Compiles rule files. Throws {@link RulesError} when they have errors. */
export function compileOrThrow(files: readonly RuleFile[], context: RuleContext): RuleSet {
  const { rules, diagnostics } = compileRules(files, context);
  if (rules) return rules;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  throw new RulesError(errors, new Map(files.map(({ path, text }) => [path, text])));
}

/** Which rules are in force, and why newer ones are not. */
export interface RulesStatus {
  /** Absent before the first good set. */
  readonly version?: string;
  /** When they came into force, ms since the epoch. */
  readonly since?: number;
  /** The last set that was offered and had errors, until a good one comes. */
  readonly refused?: RulesRefusal;
}

/** A host that ends waits no longer than this for its record to be removed. Milliseconds. */
const FORGET_MS = 1_000;

export interface LiveRulesDeps {
  /** Whose rules these are, for `xdr-relay status`. */
  readonly host: RulesHost;
  readonly context: RuleContext;
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The rules of relay.yaml, of which none are loaded yet. */
export function createLiveRules(
  config: RelayConfig,
  host: RulesHost,
  { documents, clock, logger, metrics }: Omit<LiveRulesDeps, 'context' | 'host'>,
): LiveRules {
  return new LiveRules({ host, context: ruleContext(config), documents, clock, logger, metrics });
}

/** The rule set in force. Replaced whole; a set with errors never replaces a good one. */
export class LiveRules {
  readonly #deps: LiveRulesDeps;
  #rules: RuleSet | undefined;
  #since = 0;
  #refused: RulesRefusal | undefined;
  #toldOn = Number.NEGATIVE_INFINITY;

  constructor(deps: LiveRulesDeps) {
    this.#deps = deps;
  }

  /** Throws RelayError `rules_missing` before the first good set was offered. */
  readonly current = (): RuleSet => {
    if (!this.#rules) throw new RelayError('rules_missing', 'No rules were loaded yet');
    return this.#rules;
  };

  get status(): RulesStatus {
    return {
      ...(this.#rules && { version: this.#rules.version, since: this.#since }),
      ...(this.#refused && { refused: this.#refused }),
    };
  }

  /**
   * Puts the files into force if they have no errors, and tells so in `documents`. Throws {@link RulesError} when they have and there are none to go on with;
   * afterwards such a set is refused with a log line, and the old one stays.
   */
  async offer(files: readonly RuleFile[], documents = this.#deps.documents): Promise<void> {
    const { clock, context, logger } = this.#deps;
    try {
      this.#takeOver(compileOrThrow(files, context));
      this.#refused = undefined;
    } catch (error) {
      if (!(error instanceof RulesError)) throw error;
      this.#refused = refusalOf(error, clock.now());
      if (!this.#rules) {
        await this.#publish(documents);
        throw error;
      }
      logger.error('New rules were refused; the old ones stay in force', {
        version: this.#rules.version,
        error: error.message,
      });
    }
    await this.#publish(documents);
  }

  /** Tells that this host is still there and what its rules are, where that was not told for a while. Never throws. */
  async tell(documents = this.#deps.documents): Promise<void> {
    if (this.#deps.clock.now() - this.#toldOn >= TELL_RULES_MS) await this.#publish(documents);
  }

  /** Tells, until stopped, that this host is still there; then that it is not. */
  async tellRegularly(stop: AbortSignal): Promise<void> {
    const { clock, documents, host, logger } = this.#deps;
    try {
      await removeOldRulesRecords(documents, clock.now());
    } catch (error) {
      logger.debug('Old records of rules cannot be removed', { ...loggedError(error) });
    }
    while (!stop.aborted) {
      await this.tell();
      await clock.sleep(TELL_RULES_MS, stop).catch(() => {});
    }
    // An account that does not answer must not keep the process: others take the record for old before long.
    const forgotten = forgetRules(documents, host).catch((error: unknown) => {
      logger.debug('The record of the rules cannot be removed', { ...loggedError(error) });
    });
    await Promise.race([forgotten, clock.sleep(FORGET_MS)]);
  }

  #takeOver(rules: RuleSet): void {
    const { clock, logger, metrics } = this.#deps;
    const before = this.#rules?.version;
    if (rules.version === before) return;
    if (before !== undefined) metrics.gauge('xdr_relay_rules_info', 0, { version: before });
    metrics.gauge('xdr_relay_rules_info', 1, { version: rules.version });
    logger.info('Rules are in force', { version: rules.version, before });
    this.#rules = rules;
    this.#since = clock.now();
  }

  /** Only for people to look at: trouble with it changes nothing. */
  async #publish(documents: StateDocuments): Promise<void> {
    const { clock, host, logger } = this.#deps;
    const now = clock.now();
    this.#toldOn = now;
    try {
      await tellRules(documents, host, { ...this.status, seen: now });
    } catch (error) {
      logger.debug("The rules' status could not be told", { ...loggedError(error) });
    }
  }
}

function refusalOf({ errors }: RulesError, at: number): RulesRefusal {
  const first = errors.slice(0, MOST_REFUSAL_ERRORS);
  return {
    at,
    total: errors.length,
    errors: first.map(({ file, span: { line, column }, code, message }) => ({
      file,
      line,
      column,
      code,
      message,
    })),
  };
}
