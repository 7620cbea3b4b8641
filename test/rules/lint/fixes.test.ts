/** What `rules lint --fix` changes must match the same rows as before. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lintFiles } from '../../../src/rules/lint/lint.ts';
import { profilesOf } from '../../../src/rules/lint/profile.ts';
import { checkRules, type RuleFile } from '../../../src/rules/public.ts';

const PIECES = ['\\', '\\\\', 'a', 'B', '.exe', "'", ' ', '-', '\\*', '\\?', 'C:\\b', '10', '%'];
const piece = fc.constantFrom(...PIECES);
const text = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''));
const value = fc
  .tuple(fc.constantFrom('', '*'), text, fc.constantFrom('', '*'))
  .map(([before, middle, after]) => before + middle + after);
const FIELDS = ['Image', 'CommandLine', 'ParentImage', 'OriginalFileName', 'User'];

const quoted = (one: string) => `'${one.replaceAll("'", "''")}'`;

function rule(field: string, values: readonly string[]): RuleFile {
  const entries = values.map((one) => `      - ${quoted(one)}\n`).join('');
  const head = 'title: T\nlevel: low\nlogsource: { category: process_creation, product: windows }\n';
  return {
    path: 'detections/t.yml',
    text: `${head}detection:\n  s:\n    ${field}:\n${entries}  condition: s\n`,
  };
}

/** The texts of rows: each value as it is read, and some around it. */
function rows(values: readonly string[]): readonly Record<string, string>[] {
  const plain = values.map((one) => one.replaceAll(/\\([\\*?])/g, '$1'));
  const texts = [...values, ...plain, ...values.map((one) => one.replaceAll('*', ''))].flatMap((one) => [
    one,
    `x${one}`,
    `${one}x`,
    `C:\\x\\${one}`,
    `x${one}x`,
  ]);
  return texts.map((one) => {
    const name = one.slice(one.lastIndexOf('\\') + 1);
    return {
      FolderPath: one,
      FileName: name,
      ProcessCommandLine: one,
      InitiatingProcessFolderPath: one,
      InitiatingProcessFileName: name,
      ProcessVersionInfoOriginalFileName: one,
      AccountName: one,
    };
  });
}

it('matches the same rows after --fix', () => {
  let mended = 0;
  let matched = 0;
  const rules = (file: RuleFile) => checkRules([file]).rules;
  fc.assert(
    fc.property(
      fc.constantFrom(...FIELDS),
      fc.array(value, { minLength: 1, maxLength: 3 }),
      (field, values) => {
        const file = rule(field, values);
        const { fixed } = lintFiles([file], { profiles: profilesOf('sigmahq'), today: '2026-11-27' });
        const [first] = fixed;
        const before = rules(file);
        if (!first || !before) return;
        mended += 1;
        const after = rules(first);
        for (const row of rows(values)) {
          const was = before.evaluate('DeviceProcessEvents', row);
          if (was.kind === 'forwarded' && was.alerts.length > 0) matched += 1;
          expect([first.text, row, after?.evaluate('DeviceProcessEvents', row)]).toEqual([
            first.text,
            row,
            was,
          ]);
        }
      },
    ),
    { numRuns: 400 },
  );
  expect(mended).toBeGreaterThan(40);
  expect(matched).toBeGreaterThan(mended);
});
