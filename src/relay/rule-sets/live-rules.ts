/** Manages the rule set in force: a newer set replaces it unless it has errors; at the start, the last good set is used instead of one with errors. */

import type { StateDocuments } from '../../checkpoints/documents.ts';
import { agedLists } from '../../rules/lists/age.ts';
import { KnownLists } from '../../rules/lists/known-lists.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { RuleContext, RuleSet } from '../../rules/ruleset.ts';
import type { Clock } from '../../shared/clock.ts';
import { loggedError, RelayError } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import { compiledOrNone, compileOrThrow } from './compile-set.ts';
import { ExpiryWatch } from './expired.ts';
import { feedRecords } from './feed-records.ts';
import { emptiedOf, type FoundFolder, filledOf } from './folders.ts';
import { KeptRules } from './kept-rules.ts';
import { LastGoodError } from './last-good.ts';
import { ListWatch } from './list-watch.ts';
import {
  forgetRules,
  listRecords,
  type RulesHost,
  type RulesRefusal,
  removeOldRulesRecords,
  TELL_RULES_MS,
  tellRules,
} from './records.ts';
import {
  firstOf,
  isSameRefusal,
  RulesEmptiedError,
  RulesError,
  RulesHeldError,
  type RulesTrouble,
  refusalOf,
} from './refusals.ts';

/** Which rules are in force, and why newer rules are not. */
export interface RulesStatus {
  /** Absent before the first good set. */
  readonly version?: string;
  /** When the rules came into force, ms since the epoch. */
  readonly since?: number;
  /** Present if the rules in force are the last good rules from the state: when these were stored, ms since the epoch. */
  readonly kept?: number;
  /** The last set that was refused, until a good one comes. */
  readonly refused?: RulesRefusal;
}

/** The time limit for removing the record of a host that ends. Milliseconds. */
const FORGET_MS = 1_000;
export interface LiveRulesDeps {
  /** The host that runs these rules, for `xdr-relay status`. */
  readonly host: RulesHost;
  readonly context: RuleContext;
  /** Whether a start with errors in the rules fails, even if there is a last good set. */
  readonly strict: boolean;
  /** The lists that feeds of relay.yaml write. */
  readonly feeds?: readonly string[];
  readonly documents: StateDocuments;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The rule set in force. It is replaced as a whole, and never by a set with errors. */
export class LiveRules {
  readonly #deps: LiveRulesDeps;
  #context: RuleContext;
  #rules: RuleSet | undefined;
  /** The files of the set in force. */
  #files: readonly RuleFile[] = [];
  /** The files that were found last, whether they were refused or not. */
  #found: readonly RuleFile[] | undefined;
  /** The folders that these came from; none for a single folder, a container, or a bundle. */
  #folders: readonly FoundFolder[] = [];
  /** The names of the folders that had files when the set in force was taken. */
  #filled: readonly string[] = [];
  #onChange: () => void = () => {};
  /** Whether the set in force has no files. */
  #isEmpty = false;
  #since = 0;
  #kept: number | undefined;
  #refused: RulesRefusal | undefined;
  #toldOn = Number.NEGATIVE_INFINITY;
  readonly #stored: KeptRules;
  readonly #expiry: ExpiryWatch;
  readonly #lists: ListWatch;

  constructor(deps: LiveRulesDeps) {
    this.#deps = deps;
    this.#expiry = new ExpiryWatch(deps);
    this.#lists = new ListWatch(deps);
    this.#stored = new KeptRules(deps);
    this.#context = { knownLists: new KnownLists(), ...deps.context };
  }

  /** The rule set in force. Throws RelayError `rules_missing` if there is none yet. */
  readonly current = (): RuleSet => {
    if (!this.#rules) throw new RelayError('rules_missing', 'No rules were loaded yet');
    return this.#rules;
  };

  /** Whether there are rules by which rows can be evaluated. */
  get hasRules(): boolean {
    return this.#rules !== undefined;
  }

  get status(): RulesStatus {
    return {
      ...(this.#rules && { version: this.#rules.version, since: this.#since }),
      ...(this.#kept !== undefined && { kept: this.#kept }),
      ...(this.#refused && { refused: this.#refused }),
    };
  }

  /**
   * Puts the files into force if they have no errors, records this in `documents`, and stores the files there for a start that finds
   * rules with errors. Files with errors are refused ({@link refuse}). So is an empty set if a set with files was in force, and a set in which
   * one of several folders has become empty: a folder that was not mounted, or a copy that failed half-way, would otherwise end its
   * detections without an error.
   *
   * @param folders where the files come from, if from more than one folder.
   */
  async offer(
    files: readonly RuleFile[],
    documents = this.#deps.documents,
    folders: readonly FoundFolder[] = [],
  ): Promise<void> {
    const { clock } = this.#deps;
    this.#found = files;
    this.#folders = folders;
    const emptied = await this.#emptied(files, folders, documents);
    if (emptied) return await this.refuse(emptied, documents);
    let rules: RuleSet;
    try {
      rules = compileOrThrow(files, this.#context);
    } catch (error) {
      if (error instanceof RulesError) return await this.refuse(error, documents);
      throw error;
    }
    const before = this.#rules?.version;
    this.#kept = undefined;
    this.#takeOver(rules, files);
    this.#corrected();
    // A set that this process already had is not stored again, because another consumer may have stored a newer one since.
    const filled = filledOf(folders);
    if (rules.version !== before || filled.join('\n') !== this.#filled.join('\n')) {
      this.#stored.put({ version: rules.version, at: clock.now(), files, folders: filled });
    }
    this.#filled = filled;
    await this.#publish(documents);
    await this.#stored.keep(documents);
    this.#onChange();
  }

  /** Calls the listener after each set that came into force. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  /**
   * Compiles the rules for other settings of relay.yaml: other destinations, alerts or variables. Nothing changes before the returned function
   * is called.
   *
   * The files that were found last are tried first, because they may have been refused for the very destination that is new. Throws
   * {@link RulesError} if the files in force have errors under these settings, too.
   */
  prepare(settings: RuleContext): () => void {
    // The listener for fallbacks of shapes is no setting, and stays.
    const context: RuleContext = { ...this.#context, ...settings };
    const found = this.#found === this.#files ? undefined : this.#found;
    const filled = filledOf(this.#folders);
    const isWhole =
      found !== undefined && found.length > 0 && this.#filled.every((name) => filled.includes(name));
    const better = isWhole ? compiledOrNone(found, context) : undefined;
    if (better && found) {
      return () => {
        this.#context = context;
        this.#kept = undefined;
        this.#filled = filled;
        const at = this.#deps.clock.now();
        this.#stored.put({ version: better.version, at, files: found, folders: filled });
        this.#replace(better, found);
        this.#corrected();
        void this.tell();
      };
    }
    const files = this.#files;
    const rules = this.#rules && compileOrThrow(files, context);
    return () => {
      this.#context = context;
      // New rules that came into force meanwhile were compiled for the settings from before.
      const latest = this.#files === files ? rules : compiledOrNone(this.#files, context);
      if (latest) this.#rules = latest;
    };
  }

  /**
   * Reports in log, metrics and status that the rules that were found cannot be used, and why. The rules in force stay. If there are none
   * yet, the last good rules of the state come into force.
   *
   * Throws `trouble` if there are no last good rules, and {@link RulesHeldError} if they cannot be used either. Then no row is evaluated,
   * because a row that is evaluated by only some of the rules is never evaluated by the others. Throws CheckpointError while the state
   * cannot be read.
   */
  async refuse(trouble: RulesTrouble, documents = this.#deps.documents): Promise<void> {
    const { clock, logger, metrics, strict } = this.#deps;
    const before = this.#refused;
    this.#refused = refusalOf(trouble, clock.now());
    if (before && isSameRefusal(before, this.#refused)) this.#refused = { ...this.#refused, at: before.at };
    metrics.gauge('xdr_relay_rules_refused', 1);
    const held = this.#rules || strict ? undefined : await this.#takeLastGood(trouble, documents);
    if (!this.#rules) this.#refused = { ...this.#refused, withoutRules: true };
    await this.#publish(documents);
    if (!this.#rules) throw held ?? trouble;
    logger.error('New rules were refused; the old ones stay in force', {
      version: this.#rules.version,
      ...(this.#kept !== undefined && { kept: new Date(this.#kept).toISOString() }),
      ...loggedError(trouble),
    });
  }

  /** Renews the record of this host and its rules if it was not written for a while. Never throws. */
  async tell(documents = this.#deps.documents): Promise<void> {
    this.#lookAtEnds();
    if (this.#deps.clock.now() - this.#toldOn < TELL_RULES_MS) return;
    await this.#publish(documents);
    await this.#stored.keep(documents);
  }

  /** Regularly renews the record of this host until stopped, and then removes it. */
  async tellRegularly(stop: AbortSignal): Promise<void> {
    const { clock, documents, host, logger } = this.#deps;
    try {
      await removeOldRulesRecords(documents, host, clock.now());
    } catch (error) {
      logger.debug('Old records of rules cannot be removed', { ...loggedError(error) });
    }
    while (!stop.aborted) {
      await this.tell();
      await clock.sleep(TELL_RULES_MS, stop).catch(() => {});
    }
    // If the account does not respond, the process ends anyway: the record soon counts as old.
    const forgotten = forgetRules(documents, host).catch((error: unknown) => {
      logger.debug('The record of the rules cannot be removed', { ...loggedError(error) });
    });
    await Promise.race([forgotten, clock.sleep(FORGET_MS)]);
  }

  /** Why files cannot be used because there are none, or none in one of the folders, where some were before. */
  async #emptied(
    files: readonly RuleFile[],
    folders: readonly FoundFolder[],
    documents: StateDocuments,
  ): Promise<RulesEmptiedError | undefined> {
    if (files.length === 0) {
      return (await this.#hadRules(documents))
        ? new RulesEmptiedError(folders.map(({ name }) => name))
        : undefined;
    }
    if (folders.every((folder) => folder.files > 0)) return undefined;
    const before = await this.#filledBefore(documents);
    const emptied = emptiedOf(folders, before);
    return emptied.length > 0 ? new RulesEmptiedError(emptied) : undefined;
  }

  /** The folders that had files in the set in force or, without one, in the last good set. Of one that cannot be read, none is known. */
  async #filledBefore(documents: StateDocuments): Promise<readonly string[]> {
    if (this.#rules) return this.#filled;
    try {
      return (await this.#stored.load(documents))?.folders ?? [];
    } catch (error) {
      if (error instanceof LastGoodError) return [];
      throw error;
    }
  }

  /** Whether the set in force or, without one, the last good set has files. If the last good set cannot be read, assumes that it has. */
  async #hadRules(documents: StateDocuments): Promise<boolean> {
    if (this.#rules) return !this.#isEmpty;
    try {
      const lastGood = await this.#stored.load(documents);
      // Another invocation of the isolate may have put rules into force meanwhile.
      if (this.#rules) return !this.#isEmpty;
      return lastGood !== undefined && lastGood.files.length > 0;
    } catch (error) {
      if (error instanceof LastGoodError) return true;
      throw error;
    }
  }

  #takeOver(rules: RuleSet, files: readonly RuleFile[]): void {
    if (rules.version !== this.#rules?.version) this.#replace(rules, files);
    else {
      // Equal files may have been written anew: then the lists are as new as they.
      this.#files = files;
      this.#lookAtEnds();
    }
  }

  #replace(rules: RuleSet, files: readonly RuleFile[]): void {
    const { clock, logger, metrics } = this.#deps;
    const before = this.#rules?.version;
    if (before !== undefined) metrics.gauge('xdr_relay_rules_info', undefined, { version: before });
    metrics.gauge('xdr_relay_rules_info', 1, { version: rules.version });
    logger.info('Rules are in force', { version: rules.version, before, keptRules: rules.keptRules });
    this.#rules = rules;
    this.#files = files;
    this.#isEmpty = files.length === 0;
    this.#since = clock.now();
    this.#lookAtEnds();
    if (!this.#isEmpty) return;
    logger.warn('There are no rule files: all rows go to the default destinations, and none raises an alert');
  }

  /** How the pulls of list feeds went, which a command runs. */
  async #lookAtFeeds(documents: StateDocuments): Promise<void> {
    const { feeds = [], metrics } = this.#deps;
    if (feeds.length === 0) return;
    const records = await feedRecords(documents);
    for (const list of feeds) {
      metrics.gauge('xdr_relay_list_pull_failures', records.get(list)?.failures, { list });
    }
  }

  #lookAtEnds(): void {
    const now = this.#deps.clock.now();
    this.#expiry.look(this.#rules?.exceptions ?? [], now);
    this.#lists.look(this.#rules?.lists ?? [], this.#files, now);
  }

  /** Puts the last good set into force, if there is one. Returns the error if it cannot be used. */
  async #takeLastGood(trouble: RulesTrouble, documents: StateDocuments): Promise<RulesHeldError | undefined> {
    const { logger } = this.#deps;
    try {
      const lastGood = await this.#stored.load(documents);
      if (!lastGood) return undefined;
      const rules = compileOrThrow(lastGood.files, this.#context);
      // Another invocation of the isolate may have put good rules into force meanwhile.
      if (this.#rules) return undefined;
      this.#kept = lastGood.at;
      this.#filled = lastGood.folders ?? [];
      this.#takeOver(rules, lastGood.files);
      return undefined;
    } catch (error) {
      if (!(error instanceof RulesError || error instanceof LastGoodError)) throw error;
      logger.error('The last good rules cannot be used either; no row is evaluated until a rule set loads', {
        ...loggedError(error),
      });
      this.#refused &&= { ...this.#refused, lastGood: firstOf(error) };
      return new RulesHeldError(trouble, error);
    }
  }

  #corrected(): void {
    const { clock, logger, metrics } = this.#deps;
    const refused = this.#refused;
    this.#refused = undefined;
    metrics.gauge('xdr_relay_rules_refused', 0);
    if (!refused) return;
    logger.info('The rules are correct again: the newest set is in force', {
      version: this.#rules?.version,
      refused_for_seconds: Math.round((clock.now() - refused.at) / 1000),
    });
  }

  /** Writes the record for `status`. A failure does not affect the rules in force. */
  async #publish(documents: StateDocuments): Promise<void> {
    const { clock, host, logger } = this.#deps;
    const now = clock.now();
    this.#toldOn = now;
    const lists = listRecords(agedLists(this.#rules?.lists ?? [], this.#files, now));
    try {
      await tellRules(documents, host, {
        ...this.status,
        ...(lists.length > 0 && { lists }),
        seen: now,
      });
      await this.#lookAtFeeds(documents);
    } catch (error) {
      logger.debug("The rules' status could not be told", { ...loggedError(error) });
    }
  }
}
