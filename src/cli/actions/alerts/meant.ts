/** Reads what `alerts silence` is to silence, and refuses what would silence everything or nothing. */
import { resolve } from 'node:path';
import { SILENCE_LIMITS, type SilenceCondition } from '../../../alerts/silences.ts';
import { ruleContext, ruleFolders } from '../../../config/rule-context.ts';
import { didYouMean } from '../../../diagnostics/nearest.ts';
import { loadRuleFolders } from '../../../hosts/node/rule-files.ts';
import { readRuleContainer } from '../../../relay/rule-sets/rule-container.ts';
import { tooWide } from '../../../relay/silences/too-wide.ts';
import { type CompiledProgram, compileProgram } from '../../../rules/compile.ts';
import type { Program } from '../../../rules/program.ts';
import type { RuleRef } from '../../../shared/event.ts';
import { visible } from '../../text.ts';
import { UsageError } from '../../usage-error.ts';
import type { Opened } from '../open.ts';

/** The conditions of `--where`. Throws UsageError. */
export function conditionsOf(where: readonly string[]): readonly SilenceCondition[] {
  if (where.length > SILENCE_LIMITS.conditions) {
    throw new UsageError('silence_too_wide', `a silence has at most ${SILENCE_LIMITS.conditions} conditions`);
  }
  return where.map((text) => {
    const at = text.indexOf('=');
    const [column, value] = [text.slice(0, Math.max(at, 0)).trim(), text.slice(at + 1)];
    if (column === '' || value.trim() === '') {
      const message = `--where "${visible(text)}" must be a column and a value: --where "DeviceName=build-*"`;
      throw new UsageError('silence_matches_nothing', message);
    }
    for (const [name, part, most] of [
      ['column', column, SILENCE_LIMITS.column],
      ['value', value, SILENCE_LIMITS.value],
    ] as const) {
      if (part.length <= most) continue;
      throw new UsageError(
        'silence_matches_nothing',
        `the ${name} of --where has more than ${most} characters`,
      );
    }
    return { column, value };
  });
}

export interface Meant {
  readonly rule: string | undefined;
  readonly where: readonly SilenceCondition[];
}

/** Throws UsageError (`silence_too_wide`) for a silence that keeps everything from people. */
export function refuseTooWide(meant: Meant): void {
  const what = tooWide(meant);
  if (what === undefined) return;
  throw new UsageError(
    'silence_too_wide',
    `this would keep every alert from people: ${what}. Name a rule with --rule, or a value with --where`,
  );
}

/** Compiles the rules that the relay is to run, with the errors that they may have. Throws where they cannot be read. */
export async function compiledRules(
  { config, directory, ports }: Opened,
  signal: AbortSignal,
): Promise<CompiledProgram> {
  const { transforms_container: container } = config;
  const files =
    container === undefined
      ? (await loadRuleFolders(ruleFolders(config).map((folder) => resolve(directory, folder)))).files
      : (await readRuleContainer(ports.stateBlobs, container, undefined, { signal }))?.files;
  return compileProgram(files ?? [], ruleContext(config));
}

/** Throws UsageError (`silence_matches_nothing`) for a rule or a column that nothing has. */
export function refuseUnknown({ rule, where }: Meant, { program, columnsAfter }: CompiledProgram): void {
  if (!program) return;
  const tables = rule === undefined ? undefined : tablesOf(rule, program);
  for (const { column } of where) {
    if (column === 'count' || tables?.isCorrelation) continue;
    const [root = column] = column.split('.', 1);
    const named = tables?.names ?? [...columnsAfter.names()];
    const columns = named.map((table) => columnsAfter.of(table));
    if (columns.some((known) => known.has(column) || known.has(root))) continue;
    const all = new Set(columns.flatMap((known) => known.names()));
    const by = columns.map((known) => known.droppedBy(root)).find((verb) => verb !== undefined);
    const hint = by === undefined ? didYouMean(column, all) : `"${by}" of the transform takes it away`;
    const whose = tables === undefined ? 'no table' : tables.names.join(' and ');
    const has = tables === undefined ? 'has a column' : 'has no column';
    throw new UsageError(
      'silence_matches_nothing',
      `${whose} ${has} "${visible(column)}"${hint === undefined ? '' : `: ${hint}`} (--force takes it nevertheless)`,
    );
  }
}

interface Tables {
  readonly names: readonly string[];
  /** Its `group-by` may have names of its own. */
  readonly isCorrelation: boolean;
}

/** The tables of a rule's rows. Throws UsageError for a rule that raises no alert. */
function tablesOf(name: string, program: Program): Tables {
  const is = ({ title, id }: RuleRef) => [title, id].some((one) => one?.toLowerCase() === name.toLowerCase());
  const found = [...program.tables.values()].filter(
    ({ routes, detections }) =>
      detections.some(({ rule, silent }) => !silent && is(rule)) ||
      routes.some(({ rule }) => rule && is(rule)),
  );
  const isCorrelation = program.correlations.some(({ rule, silent }) => !silent && is(rule));
  if (found.length > 0 || isCorrelation) return { names: found.map(({ table }) => table), isCorrelation };
  const known = [...alertRules(program)].flatMap(({ title, id }) => [
    title,
    ...(id === undefined ? [] : [id]),
  ]);
  const hint = didYouMean(name, known);
  throw new UsageError(
    'silence_matches_nothing',
    `no rule that raises alerts has the title or id "${visible(name)}"${hint === undefined ? '' : `: ${hint}`} (--force takes it nevertheless)`,
  );
}

function alertRules({ tables, correlations }: Program): readonly RuleRef[] {
  return [
    ...[...tables.values()].flatMap(({ routes, detections }) => [
      ...routes.flatMap(({ rule }) => rule ?? []),
      ...detections.map(({ rule }) => rule),
    ]),
    ...correlations.map(({ rule }) => rule),
  ];
}
