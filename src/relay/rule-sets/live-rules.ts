/** The rule set in force: a newer one replaces it, one with errors does not. */

import type { StateDocuments } from '../../checkpoints/documents.ts';
import { ONE_TRY, sharedDocument, updateDocument } from '../../checkpoints/update-document.ts';
import { ruleContext } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { renderDiagnostics } from '../../diagnostics/render.ts';
import { compileRules } from '../../rules/index.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { RuleContext, RuleSet } from '../../rules/ruleset.ts';
import type { Clock } from '../../shared/clock.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { messageOf, NarrowRelayError, RelayError } from '../../shared/errors.ts';
import type { JsonValue } from '../../shared/json.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';

/** The rule files have errors. Code `rules_invalid`; the message holds all of them, as `rules check` shows them. */
export class RulesError extends NarrowRelayError<CodeOf<'rules'>> {}

/** Compiles rule files. Throws {@link RulesError} when they have errors. */
export function compileOrThrow(files: readonly RuleFile[], context: RuleContext): RuleSet {
  const { rules, diagnostics } = compileRules(files, context);
  if (rules) return rules;
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const sources = new Map(files.map(({ path, text }) => [path, text]));
  throw new RulesError('rules_invalid', `The rules have errors:\n\n${renderDiagnostics(errors, sources)}`);
}

/** Which rules are in force, and why newer ones are not. */
export interface RulesStatus {
  readonly version: string;
  /** When they came into force, ms since the epoch. */
  readonly since: number;
  /** The last set that was offered and had errors, until a good one comes. */
  readonly refused?: { readonly at: number; readonly message: string };
}

/** The document that tells the status to `xdr-relay status`. */
export const RULES_DOCUMENT = 'rules';

export interface LiveRulesDeps {
  readonly context: RuleContext;
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The rules of relay.yaml, of which none are loaded yet. */
export function createLiveRules(
  config: RelayConfig,
  { documents, clock, logger, metrics }: Omit<LiveRulesDeps, 'context'>,
): LiveRules {
  return new LiveRules({ context: ruleContext(config), documents, clock, logger, metrics });
}

/** The rule set in force. Replaced whole; a set with errors never replaces a good one. */
export class LiveRules {
  readonly #deps: LiveRulesDeps;
  #rules: RuleSet | undefined;
  #since = 0;
  #refused: RulesStatus['refused'];

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
      version: this.current().version,
      since: this.#since,
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
      if (!this.#rules || !(error instanceof RulesError)) throw error;
      this.#refused = { at: clock.now(), message: error.message };
      logger.error('New rules were refused; the old ones stay in force', {
        version: this.#rules.version,
        error: error.message,
      });
    }
    await this.#publish(documents);
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
    const { logger } = this.#deps;
    const { version, since, refused } = this.status;
    try {
      const outcome = await updateDocument<JsonValue, undefined>(
        sharedDocument(documents, RULES_DOCUMENT, () => undefined),
        () => ({ write: { version, since, ...(refused && { refused }) }, result: undefined }),
        ONE_TRY,
      );
      if (outcome.kind === 'busy') throw outcome.conflict;
    } catch (error) {
      logger.debug("The rules' status could not be told", { error: messageOf(error) });
    }
  }
}
