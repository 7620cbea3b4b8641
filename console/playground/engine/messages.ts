/** What the page and its worker say to each other: plain data. Values of rows are JSON text, because numbers keep their digits in it. */
import type { Span } from '../../../src/diagnostics/diagnostic.ts';

/** A rule file, by its path in the folder of rule files. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What a person has written, which a link carries whole. */
export interface PlaygroundState {
  readonly files: readonly SourceFile[];
  /** The part of relay.yaml that rules and destinations need. */
  readonly relay: string;
  readonly rows: string;
  /** The table of rows that do not name theirs. */
  readonly table: string;
}

/** A finding at its place: of `relay.yaml`, or of a rule file. */
export interface FoundAt {
  readonly file: string;
  readonly severity: 'error' | 'warning' | 'information';
  readonly code: string;
  readonly span: Span;
  readonly message: string;
  readonly hint?: string;
}

export interface Checked {
  /** At most {@link MOST_FINDINGS}, errors first. */
  readonly findings: readonly FoundAt[];
  /** How many there are in all. */
  readonly total: number;
  /** The set's version; absent where a finding is an error. */
  readonly version?: string;
}

export interface CompletionItem {
  readonly label: string;
  readonly kind: 'column' | 'field' | 'key' | 'modifier' | 'name' | 'value';
  readonly detail?: string;
  readonly about?: string;
  readonly insert: string;
  readonly from: number;
  readonly to: number;
}

export interface HoverText {
  /** Markdown. */
  readonly about: string;
  readonly from: number;
  readonly to: number;
}

/** One line of the overview. */
export interface RowSummary {
  /** The number of the row, from 0. */
  readonly n: number;
  readonly table: string;
  readonly time: string;
  readonly kind: 'unreadable' | 'filtered' | 'forwarded';
  /** Why it could not be read, or the title of the filter. */
  readonly reason?: string;
  readonly to: readonly string[];
  /** The titles of the rules that it raised. */
  readonly alerts: readonly string[];
}

export interface Ran {
  readonly rows: readonly RowSummary[];
  /** How many rows there are: those beyond the limit are not looked at. */
  readonly total: number;
  /** Why no row was looked at. */
  readonly problem?: string;
  /** Absent where the files have no tests. */
  readonly tests?: TestOutcomes;
}

/** What the tests in the rule files have shown. */
export interface TestOutcomes {
  readonly total: number;
  readonly failed: number;
  /** The first of those that failed. */
  readonly shown: readonly FailedTest[];
}

export interface FailedTest {
  readonly title: string;
  readonly file: string;
  readonly line: number;
  /** JSON text, as `rules test` compares it. */
  readonly mismatches: readonly {
    readonly what: string;
    readonly expected: string;
    readonly actual: string;
  }[];
}

/** A condition's outcome with the values that were compared. */
export interface Tree {
  readonly kind: 'and' | 'or' | 'not' | 'part' | 'field' | 'value';
  readonly label: string;
  readonly matched: boolean;
  readonly column?: string;
  readonly actual?: string;
  readonly children: readonly Tree[];
}

export interface Condition {
  readonly title: string;
  readonly matched: boolean;
  readonly tree?: Tree;
}

export interface StepChange {
  readonly column: string;
  readonly before?: string;
  readonly after?: string;
}

export interface StepChanges {
  readonly verb: string;
  readonly changes: readonly StepChange[];
}

export interface RouteOutcome extends Condition {
  readonly steps: readonly StepChanges[];
}

export interface DetectionOutcome extends Condition {
  readonly level: string;
  readonly file: string;
  readonly to: readonly string[];
  /** Sentences about exceptions and filters, and correlations. */
  readonly notes: readonly string[];
}

export interface RaisedAlert {
  readonly title: string;
  readonly id?: string;
  readonly matched: readonly { readonly column: string; readonly value: string }[];
}

/** One request as it goes over the wire. */
export interface WireRequest {
  /** `POST`; absent where the destination is not called over HTTP. */
  readonly method?: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undone where it is compressed on the wire. */
  readonly body: string;
  readonly compressed: boolean;
}

export interface ShapeVerdict {
  readonly shape: 'ecs' | 'ocsf';
  readonly violations: readonly { readonly path: string; readonly message: string }[];
}

/** What one destination is sent for a row. */
export interface WireForm {
  readonly to: string;
  readonly type: string;
  readonly audience: 'machines' | 'people';
  readonly requests: readonly WireRequest[];
  readonly verdict?: ShapeVerdict;
  /** Why nothing can be shown. */
  readonly problem?: string;
}

/** All that became of one row. */
export interface RowAccount extends RowSummary {
  readonly filters: readonly Condition[];
  readonly steps: readonly StepChanges[];
  readonly routes: readonly RouteOutcome[];
  readonly detections: readonly DetectionOutcome[];
  readonly raised: readonly RaisedAlert[];
  readonly wire: readonly WireForm[];
}

/** What can be asked of the worker, with what it answers. */
export interface Asks {
  check: { readonly of: { readonly state: PlaygroundState }; readonly answer: Checked };
  run: {
    readonly of: { readonly state: PlaygroundState; readonly now: number };
    readonly answer: Ran;
  };
  row: { readonly of: { readonly n: number; readonly now: number }; readonly answer: RowAccount | undefined };
  complete: {
    readonly of: { readonly file: string; readonly text: string; readonly offset: number };
    readonly answer: readonly CompletionItem[];
  };
  hover: {
    readonly of: { readonly file: string; readonly text: string; readonly offset: number };
    readonly answer: HoverText | undefined;
  };
  share: { readonly of: { readonly state: PlaygroundState }; readonly answer: Shared };
  open: { readonly of: { readonly fragment: string }; readonly answer: Opened };
}

export interface Shared {
  /** Absent where the state is too long for a link. */
  readonly fragment?: string;
  /** How many written-out secrets of relay.yaml the link leaves out. */
  readonly hidden: number;
  readonly problem?: string;
}

export interface Opened {
  readonly state?: PlaygroundState;
  readonly problem?: string;
}

export type AskKind = keyof Asks;

export type Request = {
  [K in AskKind]: { readonly id: number; readonly kind: K } & Asks[K]['of'];
}[AskKind];

export type Reply =
  | { readonly id: number; readonly answer: Asks[AskKind]['answer'] }
  | { readonly id: number; readonly failure: string };

/** The file name of the part of relay.yaml. */
export const RELAY_FILE = 'relay.yaml';

/** Characters of all rows. */
export const MOST_ROW_TEXT = 4 * 1024 * 1024;

/** Findings that the page is told of: a mistake can stand on each line, and each is a mark in the editor. */
export const MOST_FINDINGS = 500;

/** Rule files in one set, and the characters of all of them together. */
export const MOST_FILES = 200;
export const MOST_FILES_TEXT = 1_500_000;
