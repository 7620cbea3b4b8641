/**
 * What `import ... from 'xdr-relay/rules'` offers to people who check and test rule files from TypeScript.
 *
 * Its types name nothing of the rest of the code, so that its declaration file stands alone, and the rest can change without
 * breaking anybody. It runs in Node, in browsers and in Workers.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../diagnostics/render.ts';
import type { JsonObject } from '../shared/json.ts';
import { assumedContext } from './assumed-context.ts';
import { compileProgram } from './compile.ts';
import { evaluate } from './evaluate.ts';
import { raisedRules } from './explain.ts';
import type { Program } from './program.ts';
import type { RuleContext } from './ruleset.ts';
import { collectTests } from './testing/collect.ts';
import { rowOf, runTest } from './testing/run.ts';

/** A file of `transforms/`. */
export interface RuleFile {
  /** Relative to `transforms/`, with forward slashes: `DeviceProcessEvents.yaml`, `detections/certutil.yml`. */
  readonly path: string;
  readonly text: string;
}

/** The settings of relay.yaml that rules depend on. What is left out is assumed, so that any rule file can be checked. */
export interface RuleSettings {
  /** The names of the destinations. Default: any name is accepted. */
  readonly destinations?: readonly string[];
  /** `default_destinations` of relay.yaml. Default: `default`. */
  readonly defaultDestinations?: readonly string[];
  /** `alerts` of relay.yaml. Default: alerts of all levels go to `alerts`. */
  readonly alerts?: readonly { readonly levels: readonly string[]; readonly to: readonly string[] }[];
  /** `variables` of relay.yaml. Default: a made-up value for each variable that the files name. */
  readonly variables?: Readonly<Record<string, string | readonly string[]>>;
  /** The clock by which exceptions expire, in milliseconds since the epoch: `Date.now`. Default: none expires. */
  readonly now?: () => number;
}

/** A mistake in a rule file. */
export interface Finding {
  /** Rules with errors never run; warnings do not stop them. */
  readonly severity: 'error' | 'warning';
  /** Stable: docs/errors.md lists all codes. */
  readonly code: string;
  /** The `path` of the file. */
  readonly file: string;
  /** Lines and columns count from 1; `length` is in UTF-16 units. */
  readonly span: { readonly line: number; readonly column: number; readonly length: number };
  readonly message: string;
  /** What to do. */
  readonly hint?: string;
}

/** A rule or a route that raises an alert. */
export interface AlertRule {
  readonly title: string;
  readonly id?: string;
  /** The title of the alert, where the rule's has placeholders such as `{DeviceName}`. */
  readonly shown?: string;
}

/** Where a row goes, and as what. */
export interface Delivery {
  /** The name of the destination. */
  readonly to: string;
  /** Present on alerts, and on routes with a severity. */
  readonly severity?: string;
  /** Present if a rule raised it, which makes it an alert. */
  readonly rule?: AlertRule;
}

/** What the rules make of a row. */
export type Outcome =
  | {
      readonly kind: 'filtered';
      /** The title of the filter that drops the row. */
      readonly filter: string;
    }
  | {
      readonly kind: 'forwarded';
      /** The row's columns after the table's transform. */
      readonly event: Readonly<Record<string, unknown>>;
      readonly deliveries: readonly Delivery[];
      /** The rules that match the row by itself, also those whose alerts no destination gets. Correlations are not among them. */
      readonly alerts: readonly AlertRule[];
    };

/** Rule files that have no errors. */
export interface Rules {
  /** A short hash of the files' content, by which the relay names them in its log. */
  readonly version: string;
  /**
   * Decides what becomes of a row. Never throws, whatever is in the row.
   *
   * @param table an Advanced Hunting table, such as `DeviceProcessEvents`.
   * @param columns the row's columns: JSON values.
   */
  evaluate(table: string, columns: Readonly<Record<string, unknown>>): Outcome;
}

export interface CheckedRules {
  /** Every mistake in every file. */
  readonly findings: readonly Finding[];
  /** Undefined exactly where a finding is an error. */
  readonly rules: Rules | undefined;
}

/** One difference between what a test expects and what the rules did. */
export interface Mismatch {
  readonly what: 'filtered' | 'forwarded' | 'alerts' | 'messages' | 'event' | 'sent' | 'metadata' | 'absent';
  /** JSON values. */
  readonly expected: unknown;
  readonly actual: unknown;
}

/** The result of a test of a rule file. */
export interface TestResult {
  /** The `path` of the file, and the line in it on which the test's title stands. */
  readonly file: string;
  readonly line: number;
  readonly title: string;
  /** Empty if the test passed. */
  readonly mismatches: readonly Mismatch[];
}

export interface TestReport {
  /** The mistakes in rules and in tests. Where one is an error, no test was run. */
  readonly findings: readonly Finding[];
  readonly tests: readonly TestResult[];
}

/** Checks and compiles rule files, as `xdr-relay rules check` does. Never throws: mistakes in the files are findings. */
export function checkRules(files: readonly RuleFile[], settings: RuleSettings = {}): CheckedRules {
  const { program, diagnostics } = compileProgram(files, contextOf(files, settings));
  return { findings: diagnostics, rules: program && rulesOf(program) };
}

/** Runs the tests in table files and in `*.test.yaml`, as `xdr-relay rules test` does. Never throws. */
export function runTests(files: readonly RuleFile[], settings: RuleSettings = {}): TestReport {
  const context = contextOf(files, settings);
  const { program, diagnostics } = compileProgram(files, context);
  const collected = collectTests(files, context, program);
  const findings = [...diagnostics, ...collected.diagnostics];
  if (!program || findings.some(({ severity }) => severity === 'error')) return { findings, tests: [] };
  const tests = collected.tests.map((test) => ({
    file: test.file,
    line: test.span.line,
    title: test.title,
    mismatches: runTest(program, test),
  }));
  return { findings, tests };
}

/** Writes findings as `xdr-relay rules check` shows them: place, source line, caret, hint. Empty without findings. */
export function renderFindings(findings: readonly Finding[], files: readonly RuleFile[]): string {
  // Findings are diagnostics whose codes the public type does not list.
  return renderDiagnostics(
    findings as readonly Diagnostic[],
    new Map(files.map(({ path, text }) => [path, text])),
  );
}

function contextOf(files: readonly RuleFile[], settings: RuleSettings): RuleContext {
  return { ...assumedContext(files), ...settings };
}

function rulesOf(program: Program): Rules {
  return {
    version: program.version,
    evaluate(table, columns) {
      const row = rowOf(table, columns as JsonObject);
      const verdict = evaluate(program, row);
      if (verdict.kind === 'filtered') return { kind: 'filtered', filter: verdict.filter };
      const { event, routes } = verdict;
      return {
        kind: 'forwarded',
        event,
        deliveries: routes,
        alerts: raisedRules(program, row).map(alertRule),
      };
    },
  };
}

function alertRule({ title, id, shown }: AlertRule): AlertRule {
  return { title, ...(id !== undefined && { id }), ...(shown !== undefined && { shown }) };
}
