/** Each modifier has an example that the engine bears out: one row matches, one does not. */
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { assumedContext } from '../../../../src/rules/assumed-context.ts';
import { compileProgram } from '../../../../src/rules/compile.ts';
import { evaluate } from '../../../../src/rules/evaluate.ts';
import { MODIFIER_GUIDE } from '../../../../src/rules/sigma/language/modifier-guide.ts';
import { isModifier } from '../../../../src/rules/sigma/language/modifiers.ts';
import { rowOf } from '../../../../src/rules/testing/run.ts';

describe('the examples of modifiers', () => {
  it.each(Object.entries(MODIFIER_GUIDE).map(([name, { example }]) => ({ name, example })))(
    '$name',
    ({ name, example }) => {
      const {
        table = 'DeviceProcessEvents',
        key,
        value,
        match,
        noMatch,
        variables = {},
        files = [],
      } = example;
      const detection = { selection: { [key]: value }, condition: 'selection' };
      const text = stringify({ table, filter: [{ title: 'example', detection }] });
      const all = [...files, { path: `${table}.yaml`, text }];
      const { program, diagnostics } = compileProgram(all, { ...assumedContext(all), variables });
      expect(diagnostics).toEqual([]);
      if (!program) throw new Error('no program');
      const matches = (row: typeof match) => evaluate(program, rowOf(table, row)).kind === 'filtered';
      expect([matches(match), matches(noMatch)]).toEqual([true, false]);
      const [, ...modifiers] = key.split('|');
      expect(modifiers).toContain(name);
      expect(modifiers.every(isModifier)).toBe(true);
    },
  );
});
