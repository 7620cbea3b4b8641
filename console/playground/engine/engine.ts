/** The playground's engine: the rules, the editor's answers and the encoders of the relay itself, over texts. It does no I/O. */
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { checkFolder } from '../../../src/rules/check-folder.ts';
import { compileProgram } from '../../../src/rules/compile.ts';
import { DryRun, type DryRunResult } from '../../../src/rules/dry-run.ts';
import type { Program } from '../../../src/rules/program.ts';
import type { RuleTest } from '../../../src/rules/testing/collect.ts';
import { rowTime, rowTimeText } from '../../../src/shared/row-time.ts';
import { type Accounted, accountOf } from './account.ts';
import type { Known } from './language.ts';
import { neededParts, type Parts } from './late-parts.ts';
import { opened, shared } from './link.ts';
import {
  type Asks,
  type Checked,
  type FoundAt,
  MOST_FINDINGS,
  MOST_ROW_TEXT,
  type Ran,
  type RowAccount,
  type RowSummary,
} from './messages.ts';
import { type RelayPart, readRelay } from './relay.ts';
import { type ReadRow, readRows } from './rows.ts';
import { wireForms } from './wire.ts';

/** The blob that rows are read as if from: as Azure names it, but for the time. */
export const PLAYGROUND_BLOB =
  'insights-logs-advancedhunting-playground/tenantId=00000000-0000-4000-8000-000000000000/y=2026/m=01/d=01/h=00/m=00/PT1H.json';

export interface EngineOptions {
  readonly parts: Parts;
  /** Default: {@link PLAYGROUND_BLOB}. */
  readonly blob?: string;
}

/** What the last check made. */
interface Project {
  readonly program: Program | undefined;
  readonly part: RelayPart | undefined;
  readonly tests: readonly RuleTest[];
  readonly known: Known;
}

interface Judged extends DryRunResult {
  readonly read: ReadRow;
}

/** Answers what the page asks. What it keeps is of the texts that were checked, and the rows that were run, last. */
export class Engine {
  readonly #options: EngineOptions;
  #project: Project | undefined;
  #judged: readonly (Judged | { readonly read: ReadRow })[] = [];

  constructor(options: EngineOptions) {
    this.#options = options;
  }

  /** Checks the rule files and relay.yaml: what `rules check` and `config --check` find. Never throws on what they hold. */
  async check({ state }: Asks['check']['of']): Promise<Checked> {
    const { files, relay: text } = state;
    const relay = await readRelay(text);
    await neededParts(this.#options.parts, files, relay.part);
    // Without a relay.yaml that can be read, any name is a destination.
    const context = relay.part?.context ?? {
      destinations: undefined,
      defaultDestinations: [],
      alerts: [],
      variables: {},
    };
    const compiled = compileProgram(files, context);
    const checked = checkFolder(files, context, compiled, Date.now());
    this.#project = {
      program: compiled.program,
      part: relay.part,
      tests: checked.tests,
      known: { source: { compiled, checked, context, relay: text }, relay },
    };
    const diagnostics = [...relay.diagnostics, ...checked.diagnostics];
    const findings = diagnostics.toSorted(errorsFirst).slice(0, MOST_FINDINGS).map(foundAt);
    const isRunnable = compiled.program !== undefined && relay.part !== undefined;
    return { findings, total: diagnostics.length, ...(isRunnable && { version: compiled.program.version }) };
  }

  /** Runs the rows through the rules, in their order. */
  async run({ state, now }: Asks['run']['of']): Promise<Ran> {
    this.#judged = [];
    const { program, part, tests = [] } = this.#project ?? {};
    if (!program || !part) return { rows: [], total: 0, problem: 'The rules or relay.yaml have errors.' };
    if (state.rows.length > MOST_ROW_TEXT) {
      return {
        rows: [],
        total: 0,
        problem: `The rows have more than ${MOST_ROW_TEXT.toLocaleString('en')} characters.`,
      };
    }
    const { blob = PLAYGROUND_BLOB } = this.#options;
    const time = new Date(now).toISOString();
    const { rows, total } = readRows({ text: state.rows, table: state.table, blob, time });
    // Before the rows: a test's devices are not theirs.
    const outcomes = tests.length > 0 && (await import('./tests.ts')).testOutcomes(program, tests);
    const dry = new DryRun(program);
    this.#judged = rows.map((read) => {
      if (!read.parsed.ok) return { read };
      const { row } = read.parsed;
      return { read, ...dry.next(row, rowTime(row) ?? now) };
    });
    return { rows: this.#judged.map(summaryOf), total, ...(outcomes && { tests: outcomes }) };
  }

  /** All that became of one of the rows that were run last. */
  async row({ n, now }: Asks['row']['of']): Promise<RowAccount | undefined> {
    const { program, part } = this.#project ?? {};
    const judged = this.#judged[n];
    if (!judged || !program || !part) return undefined;
    const summary = summaryOf(judged, n);
    if (!('verdict' in judged) || !judged.read.parsed.ok) return { ...summary, ...NOTHING };
    const { read, verdict } = judged;
    const { row } = judged.read.parsed;
    const wire = await wireForms({ row, bytes: read.raw.bytes, verdict }, { program, part, now });
    return { ...summary, ...accountOf(program, row, judged), wire };
  }

  async complete(of: Asks['complete']['of']): Promise<Asks['complete']['answer']> {
    const { completions } = await import('./language.ts');
    return completions(of, this.#project?.known);
  }

  async hover(of: Asks['hover']['of']): Promise<Asks['hover']['answer']> {
    const { hover } = await import('./language.ts');
    return hover(of, this.#project?.known);
  }

  /** The state as a link's fragment, without the secrets that relay.yaml has written out. */
  async share({ state }: Asks['share']['of']): Promise<Asks['share']['answer']> {
    return shared(state, await readRelay(state.relay));
  }

  open({ fragment }: Asks['open']['of']): Asks['open']['answer'] {
    return opened(fragment);
  }
}

const NOTHING: Accounted & Pick<RowAccount, 'wire'> = {
  filters: [],
  steps: [],
  routes: [],
  detections: [],
  raised: [],
  wire: [],
};

function errorsFirst(one: Diagnostic, other: Diagnostic): number {
  return Number(other.severity === 'error') - Number(one.severity === 'error');
}

function foundAt({ file, severity, code, span, message, hint }: Diagnostic): FoundAt {
  return { file, severity, code, span, message, ...(hint !== undefined && { hint }) };
}

function summaryOf(judged: Judged | { readonly read: ReadRow }, n: number): RowSummary {
  const { parsed } = judged.read;
  if (!parsed.ok)
    return { n, table: '', time: '', kind: 'unreadable', reason: parsed.message, to: [], alerts: [] };
  const { row } = parsed;
  const seen = { n, table: row.table, time: rowTimeText(row) };
  if (!('verdict' in judged)) return { ...seen, kind: 'unreadable', to: [], alerts: [] };
  const { verdict, raised } = judged;
  if (verdict.kind === 'filtered') {
    return { ...seen, kind: 'filtered', reason: verdict.filter, to: [], alerts: [] };
  }
  return {
    ...seen,
    kind: 'forwarded',
    to: [...new Set(verdict.routes.map(({ to }) => to))],
    alerts: raised.map(({ title, shown }) => shown ?? title),
  };
}
