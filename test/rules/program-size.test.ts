/** What a program costs does not depend on the programs before it. */
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../src/rules/compile.ts';
import type { Program } from '../../src/rules/program.ts';
import type { RuleContext } from '../../src/rules/ruleset.ts';

const context: RuleContext = {
  destinations: undefined,
  defaultDestinations: ['siem'],
  alerts: [],
  variables: {},
};

/** A program of two tables, whose fields no other number's program has. */
function program(number: number): Program {
  const names = (count: number) => Array.from({ length: count }, (_, i) => `Field${number}x${i}`);
  const files = [
    table('Tiny', names(1)),
    table('Wide', names(50)),
    {
      path: 'detections/rule.yml',
      text: `title: Rule\nlogsource: { product: m365defender, category: Wide }\ndetection:\n  selection: { Other${number}: x }\n  condition: selection\n`,
    },
  ];
  const compiled = compileProgram(files, context);
  if (!compiled.program) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.program;
}

function table(name: string, fields: readonly string[]) {
  const selection = Object.fromEntries(fields.map((field) => [field, 'x']));
  const filter = [{ title: 'Known', detection: { selection, condition: 'selection' } }];
  return { path: `${name}.yaml`, text: JSON.stringify({ table: name, filter }) };
}

const slotsOf = (from: Program, name: string): number | undefined => from.tables.get(name)?.sources.size;

describe('the slots that a row has for its strings', () => {
  it('are as many after 400 programs with other fields', () => {
    const first = program(0);
    for (let number = 1; number < 400; number++) program(number);
    const last = program(400);
    // One slot is for keywords, which read every column.
    expect([slotsOf(first, 'tiny'), slotsOf(first, 'wide')]).toEqual([2, 52]);
    expect([slotsOf(last, 'tiny'), slotsOf(last, 'wide')]).toEqual([2, 52]);
  });

  it('are none but that of keywords for tables without rules', () => {
    expect(program(1).fallback.sources.size).toBe(1);
  });
});
