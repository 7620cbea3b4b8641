import type { ReadBy } from '../../../src/rules/columns/reads.ts';
import { tableUse } from '../../../src/rules/columns/reads.ts';
import type { TableUse } from '../../../src/rules/columns/use.ts';
import { compileProgram } from '../../../src/rules/compile.ts';
import type { RuleFile } from '../../../src/rules/rule-file.ts';
import type { RuleContext } from '../../../src/rules/ruleset.ts';
import { filesOf, context as plain } from '../helpers.ts';

/** Splunk gets ECS, the archive rows as they are, and people are told of alerts. */
export const context: RuleContext = {
  ...plain,
  reading: {
    splunk: { audience: 'machines', shape: 'ecs', columns: ['DeviceName'] },
    archive: { audience: 'machines', columns: [] },
    hook: { audience: 'machines', shape: 'ocsf', columns: [] },
    'soc-slack': { audience: 'people', columns: [] },
  },
};

/** Rows go to one archive, as they are; alerts go nowhere. */
export const quiet: RuleContext = {
  ...plain,
  defaultDestinations: ['archive'],
  alerts: [],
  reading: { archive: { audience: 'machines', columns: [] } },
};

/** Compiles files that have no errors. */
export function compiledFor(files: readonly RuleFile[], with_: RuleContext): ReadBy {
  const { program, schema, diagnostics } = compileProgram(files, with_);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (!program || errors.length > 0) throw new Error(JSON.stringify(errors, undefined, 2));
  return { program, schema, context: with_ };
}

/** What reads the columns of a table by these files. */
export function useFor(
  texts: Readonly<Record<string, string>>,
  table = 'DeviceProcessEvents',
  with_: RuleContext = quiet,
): TableUse {
  return tableUse(compiledFor(filesOf(texts), with_), table);
}

/** What reads a column, in short: `filter Title`, `alerts`. */
export function readersOf(use: TableUse, column: string): readonly string[] {
  return use
    .readersOf(column)
    .flatMap(({ kind, examples }) =>
      examples.length === 0 ? [kind] : examples.map((name) => `${kind} ${name}`),
    );
}
