/**
 * Writes the notes of a release: its section of CHANGELOG.md. The release workflow runs it.
 *
 *   node scripts/release-notes.ts v1.2.3
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { ROOT } from './root.ts';

/**
 * The section on a version in the text of a changelog (Keep a Changelog 1.1.0), without its heading.
 *
 * @param tag `v1.2.3`. Throws a RangeError if it is not the tag of `version`, or the changelog has no dated section on it, or an empty one.
 */
export function releaseNotes(tag: string, version: string, changelog: string): string {
  if (tag !== `v${version}`)
    throw new RangeError(`The tag ${tag} is not v${version}, the version of package.json`);
  const lines = changelog.split('\n');
  const heading = `## [${version}] - `;
  const begin = lines.findIndex((line) => line.startsWith(heading) && /\d{4}-\d\d-\d\d$/.test(line));
  if (begin < 0) throw new RangeError(`CHANGELOG.md has no line "${heading}<yyyy-mm-dd>"`);
  const after = lines.slice(begin + 1);
  const end = after.findIndex((line) => /^(?:## |\[[^\]]+\]: )/.test(line));
  const section = (end < 0 ? after : after.slice(0, end)).join('\n').trim();
  if (section === '') throw new RangeError(`CHANGELOG.md says nothing about ${version}`);
  return `${section}\n`;
}

if (import.meta.main) {
  const changelog = await readFile(join(ROOT, 'CHANGELOG.md'), 'utf8');
  process.stdout.write(releaseNotes(process.argv[2] ?? '', manifest.version, changelog));
}
