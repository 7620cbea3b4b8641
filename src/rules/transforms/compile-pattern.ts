/** Compiles the regular expressions of steps. */
import { RE2JS, RE2JSException } from 're2js';
import { messageOf } from '../../shared/errors.ts';
import { estimateCost, judgeCost, TOO_COSTLY } from '../regex/cost.ts';
import type { StepContext } from './step.ts';

/** The characters that `"\\b"`, `"\\a"`, `"\\e"`, `"\\0"`, `"\\N"`, `"\\L"` and `"\\P"` stand for in YAML's double quotes. No pattern means them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it finds
const UNLIKELY = /[\u0000\u0007\u0008\u001b\u0085\u2028\u2029]/;

/** Compiles the `pattern` of a step. Undefined if it has an error, which was reported. */
export function compilePattern(pattern: string, context: StepContext): RE2JS | undefined {
  if (UNLIKELY.test(pattern)) {
    const message = 'the pattern holds a control character, as "\\b" is one in double quotes';
    const hint = 'write the pattern in single quotes';
    context.report({ severity: 'warning', code: 'control-character', path: ['pattern'], message, hint });
  }
  const estimate = estimateCost(pattern);
  try {
    const regex = estimate > 4 * TOO_COSTLY ? undefined : RE2JS.compile(pattern);
    const finding = judgeCost(regex?.programSize() ?? estimate);
    if (finding) {
      context.report({ ...finding, path: ['pattern'] });
    }
    return regex;
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    context.report({
      code: 'bad-regex',
      path: ['pattern'],
      message: messageOf(error),
      hint: 'RE2 has no look-around and no back-references',
    });
    return undefined;
  }
}
