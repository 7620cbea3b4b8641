/** The list of codes of mistakes in files: nothing else compiles, all of them are used, and each is explained. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorsPage } from '../../scripts/pages/errors.ts';
import { type DiagnosticCode, diagnosticCodes } from '../../src/diagnostics/codes.ts';
import { type Diagnostic, START } from '../../src/diagnostics/diagnostic.ts';

const ROOT = new URL('../../', import.meta.url);
const LIST = 'diagnostics/codes.ts';
const CODES = Object.keys(diagnosticCodes) as DiagnosticCode[];

const sources = readdirSync(new URL('src', ROOT), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts') && path !== LIST)
  .map((path) => readFileSync(new URL(`src/${path}`, ROOT), 'utf8'));

describe('a code', () => {
  it('that is not listed does not compile', () => {
    const good = { severity: 'error', file: 'a', span: START, message: 'm' } as const;
    // @ts-expect-error: not in the list
    const bad: Diagnostic = { ...good, code: 'unknown-kye' };
    expect(bad.code in diagnosticCodes).toBe(false);
  });

  it('is used', () => {
    const written = new Set(sources.flatMap((text) => text.match(/(?<=')[a-z]+(?:-[a-z]+)*(?=')/g) ?? []));
    expect(CODES.filter((code) => !written.has(code))).toEqual([]);
  });

  it('says in one sentence each what it means and what to do', () => {
    for (const code of CODES) {
      const { meaning, fix } = diagnosticCodes[code];
      for (const text of [meaning, fix]) {
        expect([code, text]).toEqual([code, expect.stringMatching(/^(?:[A-Z`]|relay\.yaml).*\.$/)]);
        expect([code, text]).toEqual([code, expect.not.stringMatching(/[|\n]|\.\s+[A-Z]/)]);
      }
      expect(errorsPage()).toContain(`<a id="${code}"></a>`);
    }
  });
});
