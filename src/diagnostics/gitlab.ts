/** Writes diagnostics as a Code Quality report of GitLab, which shows them in a merge request (GitLab's documentation, "Code Quality report format"). */
import { sha256Hex } from '../shared/digest.ts';
import type { Diagnostic } from './diagnostic.ts';

/** A JSON array with an entry for each finding. GitLab drops an entry whose fingerprint another one has, so equal findings in a file are numbered. */
export function gitlabReport(list: readonly Diagnostic[]): string {
  const seen = new Map<string, number>();
  const entries = list.map(({ severity, code, file, span, message, hint }) => {
    // Without the line: a finding that only moved is not a new one.
    const identity = JSON.stringify([file, code, message]);
    const nth = (seen.get(identity) ?? 0) + 1;
    seen.set(identity, nth);
    return {
      description: hint === undefined ? message : `${message} (hint: ${hint})`,
      check_name: code,
      fingerprint: sha256Hex(`${identity} ${nth}`),
      severity: severity === 'error' ? 'major' : 'minor',
      location: { path: file, lines: { begin: span.line } },
    };
  });
  return JSON.stringify(entries, undefined, 2);
}
