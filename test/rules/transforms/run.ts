import { databaseFile } from '../../../src/databases/mmdb.ts';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { compileLists } from '../../../src/rules/lists/compile.ts';
import { openRuleFile, RULE_FILES } from '../../../src/rules/open-rule-file.ts';
import { findTable } from '../../../src/rules/schema/index.ts';
import type { Variables } from '../../../src/rules/sigma/index.ts';
import { KnownColumns } from '../../../src/rules/transforms/columns.ts';
import { ObjectDraft } from '../../../src/rules/transforms/draft.ts';
import { steps } from '../../../src/rules/transforms/index.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { mmdb } from '../../databases/write-mmdb.ts';

const networks = { '203.0.113.0/24': { country: { iso_code: 'CH' } } };
const lists = compileLists(
  [
    { path: 'lists/vips.csv', text: 'upn,owner\nada@contoso.com,Ann\n' },
    { path: 'lists/geo.mmdb', text: '', database: databaseFile(mmdb({ networks })) },
  ],
  () => {},
);

/** Compiles `transform:` steps for a table; `run` applies them to a row. */
export function compileSteps(yaml: string, table = 'DeviceProcessEvents', variables: Variables = {}) {
  const diagnostics: Diagnostic[] = [];
  const file = openRuleFile({ path: 't.yaml', text: `transform:\n${yaml}\n` }, RULE_FILES.table, (one) =>
    diagnostics.push(one),
  );
  if (!file) throw new Error(JSON.stringify(diagnostics));
  const columns = new KnownColumns(findTable(table));
  const entries = (file.data as { transform: Record<string, unknown>[] }).transform;
  const transforms = entries.flatMap((entry, index) =>
    Object.entries(entry).flatMap(([verb, value]) => {
      const step = steps.find((known) => known.verb === verb);
      return step?.prepare(value, { file, at: ['transform', index, verb], columns, variables, lists }) ?? [];
    }),
  );
  const run = (row: JsonObject): JsonObject => {
    const draft = new ObjectDraft(row);
    for (const transform of transforms) transform(draft);
    return draft.columns;
  };
  const problems = diagnostics.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
  return { run, problems, diagnostics };
}

/** Freezes a row and all in it: a step that changes its input throws. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
