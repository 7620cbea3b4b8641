/** Steps declare every column that they read: a recorded draft says which those are. */
import { describe, expect, it } from 'vitest';
import { compileLists } from '../../../src/rules/lists/compile.ts';
import { openRuleFile, RULE_FILES } from '../../../src/rules/open-rule-file.ts';
import { findTable } from '../../../src/rules/schema/index.ts';
import { KnownColumns } from '../../../src/rules/transforms/columns.ts';
import { ObjectDraft } from '../../../src/rules/transforms/draft.ts';
import { steps } from '../../../src/rules/transforms/index.ts';
import { TouchedColumns } from '../../../src/rules/transforms/touched.ts';
import type { JsonObject, JsonValue } from '../../../src/shared/json.ts';

const TABLE = 'DeviceProcessEvents';
const lists = compileLists([{ path: 'lists/vips.csv', text: 'upn,owner\nada@contoso.com,Ann\n' }], () => {});

class Recorded extends ObjectDraft {
  readonly read = new Set<string>();
  override get(name: string): JsonValue | undefined {
    this.read.add(name);
    return super.get(name);
  }
}

const examples = steps.flatMap(({ verb, config }) =>
  ((config.meta()?.examples ?? []) as readonly JsonValue[]).map((value) => ({ verb, value })),
);

describe('the columns that a step names', () => {
  it.each(examples)('$verb: hold all that it reads', ({ verb, value }) => {
    const text = `transform: [${JSON.stringify({ [verb]: value })}]`;
    const file = openRuleFile({ path: 't.yaml', text }, RULE_FILES.table, () => {});
    const step = steps.find((one) => one.verb === verb);
    if (!file || !step) throw new Error(verb);
    const touched = new TouchedColumns();
    const columns = new KnownColumns(findTable(TABLE));
    const variables = { HASH_KEY: 'k'.repeat(32), SITE: 'zrh' };
    const run = step.prepare(value, {
      file,
      at: ['transform', 0, verb],
      columns,
      variables,
      lists,
      touched,
    });
    const { names, written } = touched.with(columns.takeAdded());
    const filled: JsonObject = Object.fromEntries(
      [...(findTable(TABLE)?.columns.keys() ?? [])].map((name) => [name, 'a b=c,d']),
    );
    for (const row of [filled, step.example.row]) {
      const draft = new Recorded(row);
      run?.(draft);
      expect([...draft.read].filter((name) => !names(name))).toEqual([]);
      // What is new in the row, or has another value, is written or was named; `flatten` makes columns of what rows hold.
      const changed = Object.keys(draft.columns).filter((name) => draft.columns[name] !== row[name]);
      if (verb === 'flatten') continue;
      expect(changed.filter((name) => !written.has(name) && !names(name))).toEqual([]);
    }
  });
});
