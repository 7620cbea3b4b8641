/** Reads the files of `exceptions/`. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { checkRuleFile, openRuleFile, RULE_FILES } from '../open-rule-file.ts';
import type { RuleFile } from '../rule-file.ts';
import { expiryTime, type RuleException } from '../sigma/index.ts';
import { exceptionsFile } from './schema.ts';

/** Reads the exceptions of some files, and reports their mistakes. Detections are checked when rules are compiled with them. */
export function readExceptions(
  files: readonly RuleFile[],
  report: (diagnostic: Diagnostic) => void,
): readonly RuleException[] {
  return files.flatMap((source): readonly RuleException[] => {
    const file = openRuleFile(source, RULE_FILES.exceptions, report);
    const content = file && checkRuleFile(file, exceptionsFile, file.data);
    if (!file || !content) return [];
    const { path, lines } = file;
    return content.exceptions.flatMap((written, index): readonly RuleException[] => {
      const { title, owner, ticket, expires } = written;
      const at = ['exceptions', index, 'detection'];
      const detection = file.node(at);
      const rules = typeof written.rules === 'string' ? [written.rules] : written.rules;
      const isAny = rules.includes('any');
      if (isAny && expires === undefined) {
        const message = '"rules: any" hides alerts of rules that nobody has written yet';
        const hint = 'give the exception an end with "expires", or name the rules';
        file.report({ code: 'endless-exception', path: ['exceptions', index, 'rules'], message, hint });
      }
      if (!detection) return [];
      return [
        {
          kind: 'exception',
          file: path,
          lines,
          span: file.span(['exceptions', index, 'title']),
          title,
          logsource: {},
          rules: isAny ? 'any' : rules,
          rulesSpan: file.span(['exceptions', index, 'rules']),
          detection,
          at,
          owner,
          ...(ticket !== undefined && { ticket }),
          ...(expires !== undefined && {
            expires: {
              at: expiryTime(expires),
              text: expires,
              span: file.span(['exceptions', index, 'expires']),
            },
          }),
        },
      ];
    });
  });
}
