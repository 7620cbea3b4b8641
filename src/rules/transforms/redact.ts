import { RE2JS, RE2JSException } from 're2js';
import { z } from 'zod';
import { messageOf } from '../../shared/errors.ts';
import { estimateCost, judgeCost, TOO_COSTLY } from '../regex/cost.ts';
import { columnList, defineStep, needColumns, type StepContext } from './step.ts';

/** `redact: { columns: ProcessCommandLine, pattern: "(?i)password=\\S+" }`: the matches, or the whole value. */
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
        .describe('RE2 syntax, linear time. Without one the whole value goes.'),
      with: z.string().max(256).default('[redacted]').describe('What stands there instead.'),
    })
    .describe('Puts a fixed text in place of what a pattern matches, or of the whole value.'),
  ({ columns: list, pattern, with: mark }, context) => {
    const columns = needColumns(
      list,
      context,
      ['columns'],
      pattern === undefined ? {} : { types: ['string', 'guid', 'dynamic'] },
    );
    const regex = pattern === undefined ? undefined : compilePattern(pattern, context);
    return (draft) => {
      for (const name of columns) {
        const value = draft.get(name);
        if (value === undefined || value === null || value === '') continue;
        if (regex === undefined) draft.set(name, mark);
        else if (typeof value === 'string')
          draft.set(
            name,
            regex.matcher(value).replaceAll(() => mark),
          );
      }
    };
  },
);

/** Undefined where the pattern was reported as an error. */
function compilePattern(pattern: string, context: StepContext): RE2JS | undefined {
  const estimate = estimateCost(pattern);
  try {
    const regex = estimate > 4 * TOO_COSTLY ? undefined : RE2JS.compile(pattern);
    const finding = judgeCost(regex?.programSize() ?? estimate);
    if (finding) {
      const report = finding.severity === 'error' ? context.error : context.warn;
      report(finding.code, finding.message, ['pattern'], finding.hint);
    }
    return regex;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    context.error(
      'bad-regex',
      messageOf(error),
      ['pattern'],
      'RE2 has no look-around and no back-references',
    );
    return undefined;
  }
}
