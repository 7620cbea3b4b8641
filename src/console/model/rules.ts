/** The JSON of the page Rules. Texts come from rule files, so an attacker may have written them. */
import type { Level } from './level.ts';

/** Times are ms since the epoch. */
export interface RulesPage {
  readonly at: number;
  /** The set that came into force last, by the state; absent where none ever did. */
  readonly inForce?: {
    readonly version: string;
    readonly since: number;
    readonly files: number;
    readonly bytes: number;
  };
  /** Why the set in force, its rules or their hits cannot be shown: sentences. */
  readonly troubles: readonly string[];
  /** The processes that run rules, and which. */
  readonly processes: readonly ProcessRules[];
  /** Sets that processes refuse, each once. */
  readonly refused: readonly RefusedRules[];
  /** Absent where the set was not compiled here: `troubles` says why. */
  readonly rules?: {
    readonly total: number;
    /** That raise alerts: the others only feed correlations, or are switched off. */
    readonly raising: number;
    /** With hits in the last 24 hours, as far as that is known. */
    readonly hit: number;
    readonly neverHit: number;
  };
  /** The rules with the most hits, at most 10. */
  readonly noisiest: readonly RuleLine[];
  readonly attack: readonly AttackColumn[];
  /** Those that end first in front, at most 100. */
  readonly exceptions: readonly ExceptionLine[];
  readonly moreExceptions: number;
  readonly lists: readonly ListLine[];
}

export interface ProcessRules {
  /** `node web-1:4711`, `worker`. */
  readonly process: string;
  readonly version?: string;
  readonly since?: number;
  /** When it last wrote anything. */
  readonly seen: number;
  /** It no longer writes: killed, hanging, or without access to the state. False also where that is not known. */
  readonly isStale: boolean;
  /** When the set was stored, where the process found no rules without errors and works with those that the state kept. */
  readonly kept?: number;
  readonly refuses: boolean;
  /** No row is evaluated. */
  readonly withoutRules: boolean;
}

export interface RefusedRules {
  readonly since: number;
  readonly by: readonly string[];
  /** All mistakes; `mistakes` has the first ones. */
  readonly total: number;
  readonly mistakes: readonly Mistake[];
  /** Why the last good rules cannot be used either. */
  readonly lastGood?: string;
}

export interface Mistake {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Absent where the file cannot be read here, or has no such line any more. */
  readonly excerpt?: Excerpt;
}

/** A line of a file around a mistake. */
export interface Excerpt {
  readonly before: string;
  /** Underlined; empty where the mistake is a place and no token. */
  readonly wrong: string;
  readonly after: string;
}

export interface RuleLine {
  /** The label of its metric: its id, or its title if it has none. */
  readonly rule: string;
  readonly title: string;
  readonly id?: string;
  readonly level?: Level;
  readonly kind: 'sigma' | 'correlation' | 'route';
  readonly file?: string;
  readonly line?: number;
  readonly tables: readonly string[];
  readonly to: readonly string[];
  /** `silent`: it only feeds correlations. */
  readonly state: 'raises' | 'silent' | 'off';
  /** In 24 hours; undefined where that is not known. */
  readonly hits?: number;
  /** The hits by hour, the oldest first; absent where there are none. */
  readonly hours?: readonly number[];
}

export interface RuleList {
  readonly at: number;
  readonly rules: readonly RuleLine[];
  readonly total: number;
  readonly page: number;
  readonly pages: number;
  /** Why there are none, or why hits are missing: a sentence. */
  readonly trouble?: string;
}

/** A tactic with the techniques that rules in force name for it. */
export interface AttackColumn {
  /** `TA0002`; empty for techniques of rules that name no tactic. */
  readonly id: string;
  readonly name: string;
  readonly techniques: readonly AttackCell[];
}

export interface AttackCell {
  /** `T1059` or `T1059.001`. */
  readonly id: string;
  readonly name?: string;
  readonly rules: number;
  /** In 24 hours; undefined where that is not known. */
  readonly hits?: number;
}

export interface ExceptionLine {
  readonly kind: 'exception' | 'filter';
  readonly title: string;
  readonly file: string;
  readonly line: number;
  /** The titles of the rules that it narrows, at most 20. */
  readonly rules: readonly string[];
  readonly moreRules: number;
  readonly owner?: string;
  readonly ticket?: string;
  readonly expires?: number;
  readonly state: 'expired' | 'ends-soon' | 'in-force';
}

export interface ListLine {
  readonly name: string;
  readonly type: string;
  readonly entries: number;
  readonly written?: number;
  readonly maxAge?: number;
  readonly isOld: boolean;
}

export interface RuleFiles {
  readonly at: number;
  readonly files: readonly FileLine[];
  readonly total: number;
  readonly page: number;
  readonly pages: number;
  /** Where the files lie that the host finds now; absent where it cannot read them. */
  readonly place?: string;
  readonly troubles: readonly string[];
}

export interface FileLine {
  readonly path: string;
  readonly bytes: number;
  /**
   * Against what the host finds now: `same`, `changed`, `new` (found, and not in force), `gone`; `unknown` where nothing was refused, so
   * that nobody looked, or where the host cannot read them.
   */
  readonly found: 'same' | 'changed' | 'new' | 'gone' | 'unknown';
  readonly mistakes: number;
}

/** The text of one file. */
export interface RuleText {
  readonly path: string;
  readonly of: 'force' | 'found';
  readonly text: string;
  readonly bytes: number;
  /** Whether only its beginning is here. */
  readonly isCut: boolean;
}
