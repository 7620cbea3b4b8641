/** The step `redact`: replaces what a pattern finds, or a whole value, by a mark. */
import type { RE2JS } from 're2js';
import { z } from 'zod';
import { Regex } from '../regex/engine.ts';
import { fold, foldCostOf } from '../sigma/language/fold.ts';
import { requiredLiteral } from '../sigma/language/regex.ts';
import { SHORT, type Work } from '../work.ts';
import { compilePattern } from './compile-pattern.ts';
import { columnList, defineStep, needColumns } from './step.ts';

/** `redact: { columns: ProcessCommandLine, pattern: "(?i)password=\\S+" }`: replaces the matches; without a pattern, the whole value. */
export const redact = defineStep(
  'redact',
  z
    .strictObject({
      columns: columnList,
      pattern: z
        .string()
        .min(1)
        .max(4096)
        .optional()
        .describe('A regular expression in RE2 syntax. Without one, the whole value is replaced.'),
      with: z.string().max(256).default('[redacted]').describe('The replacement.'),
    })
    .describe('Replaces the matches of a pattern, or the whole value, by a fixed string.'),
  ({ columns: list, pattern, with: mark }, context) => {
    const columns = needColumns(
      list,
      context,
      ['columns'],
      pattern === undefined ? {} : { types: ['string', 'guid', 'dynamic'] },
    );
    const engine = pattern === undefined ? undefined : compilePattern(pattern, context);
    const regex = engine && {
      engine,
      search: new Regex(engine),
      literal: fold(requiredLiteral(engine.pattern())),
    };
    return (draft) => {
      for (const name of columns) {
        const value = draft.get(name);
        if (value === undefined || value === null || value === '') continue;
        if (regex === undefined) draft.set(name, mark);
        else if (typeof value === 'string') draft.set(name, replaceMatches(value, regex, mark, draft.work));
      }
    };
  },
  {
    value: { columns: 'ProcessCommandLine', pattern: '(?i)password=\\S+' },
    row: { ProcessCommandLine: 'tool.exe Password=hunter2 /q' },
    result: { ProcessCommandLine: 'tool.exe [redacted] /q' },
  },
);

interface RedactPattern {
  readonly engine: RE2JS;
  readonly search: Regex;
  /** A string that every match contains, case-folded; empty if none is known. */
  readonly literal: string;
}

/** The cost of replacing per UTF-16 unit, and additionally per instruction of the pattern, in nanoseconds; bench/rules/hostile.ts. */
const REPLACE_COST = 20;
const REPLACE_INSTRUCTION_COST = 10;

/**
 * Replaces the matches in a string. If a long string has matches and replacing them would take too long, the whole string is
 * replaced: what a pattern is to remove must not leave just because the value is long.
 */
function replaceMatches(
  text: string,
  { engine, search, literal }: RedactPattern,
  mark: string,
  work: Work,
): string {
  const isLong = text.length > SHORT;
  if (isLong && literal !== '' && work.take('steps', foldCostOf(text)) && !fold(text).includes(literal))
    return text;
  if (isLong && search.find(text, work, 'steps') === false) return text;
  const cost = text.length * (REPLACE_COST + REPLACE_INSTRUCTION_COST * engine.programSize());
  if (work.take('steps', cost)) return engine.matcher(text).replaceAll(() => mark);
  // Searching a short string costs less than replacing, and a string without a match stays unchanged.
  if (!isLong && search.find(text, work, 'steps') === false) return text;
  work.cut();
  return mark;
}
