/** The step `extract`: writes what the named groups of a pattern find into columns. */
import { z } from 'zod';
import { Regex } from '../regex/engine.ts';
import { fold, foldCostOf } from '../sigma/language/fold.ts';
import { requiredLiteral } from '../sigma/language/regex.ts';
import { SHORT } from '../work.ts';
import { compilePattern } from './compile-pattern.ts';
import { defineStep } from './step.ts';

/** The cost of finding groups per UTF-16 unit, and additionally per instruction of the pattern, in nanoseconds: that of replacing (bench/rules/hostile.ts). */
const COST = 20;
const INSTRUCTION_COST = 10;

/** `extract: { column: ProcessCommandLine, pattern: '/user:(?<user>\\S+)' }`: the named groups become columns. */
export const extract = defineStep(
  'extract',
  z
    .strictObject({
      column: z.string().min(1).describe('The column to search.'),
      pattern: z
        .string()
        .min(1)
        .max(4096)
        .describe(
          'A regular expression in RE2 syntax, which takes linear time, with named groups: `(?<name>...)`. Each group that takes part in the first match becomes a column of its name.',
        ),
    })
    .describe(
      'Writes the named groups of the first match into columns. Without a match, nothing is written. A value that is too long to search within the allowance of the row is left alone.',
    ),
  ({ column, pattern }, context) => {
    context.need(column, ['column'], { types: ['string', 'guid', 'dynamic'] });
    const engine = compilePattern(pattern, context);
    const names = Object.keys(engine?.namedGroups() ?? {});
    if (engine && names.length === 0) {
      const message = 'the pattern has no named group, so that nothing would be extracted';
      context.report({ code: 'bad-regex', path: ['pattern'], message, hint: 'name a group: (?<name>...)' });
    }
    for (const name of names) context.columns.add(name, 'string');
    if (!engine) return () => {};
    const search = new Regex(engine);
    const literal = fold(requiredLiteral(engine.pattern()));
    const costOf = (text: string) => text.length * (COST + INSTRUCTION_COST * engine.programSize());
    return (draft) => {
      const text = draft.get(column);
      if (typeof text !== 'string' || text === '') return;
      const { work } = draft;
      if (text.length > SHORT) {
        if (literal !== '' && work.take('steps', foldCostOf(text)) && !fold(text).includes(literal)) return;
        if (search.find(text, work, 'steps') === false) return;
      }
      if (!work.take('steps', costOf(text))) {
        work.cut();
        return;
      }
      const matcher = engine.matcher(text);
      if (!matcher.find()) return;
      for (const name of names) {
        const value = matcher.group(name);
        if (value !== null && value !== undefined) draft.set(name, value);
      }
    };
  },
  {
    value: { column: 'ProcessCommandLine', pattern: '(?i)/user:(?<target_user>\\S+)' },
    row: { ProcessCommandLine: 'net use X: /user:ada secret' },
    result: { ProcessCommandLine: 'net use X: /user:ada secret', target_user: 'ada' },
  },
);
