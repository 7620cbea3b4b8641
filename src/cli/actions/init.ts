/** Writes the files that a new relay begins with. */

import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageFolder } from '../../hosts/node/package-folder.ts';
import { loadRuleFiles } from '../../hosts/node/rule-files.ts';
import { foreignCodeOf, RelayError } from '../../shared/errors.ts';
import { systemPhrase } from '../../shared/system-errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { editorSchemas } from './editor-schemas.ts';
import { ignoreEnv } from './ignore-env.ts';
import { ENV_EXAMPLE, RELAY_YAML } from './init-files.ts';
import { mustBeNew } from './must-be-new.ts';
import { commandHere } from './started-by.ts';

export interface InitOptions {
  readonly folder: string | undefined;
  /** Overwrite relay.yaml, .env.example and the schemas. Rule files are never overwritten. */
  readonly force: boolean;
  /** Do without the shipped rules. */
  readonly minimal: boolean;
  /** Do not ask. */
  readonly yes: boolean;
}

/** `xdr-relay init`. Throws a RelayError `file_exists`, having written nothing, or `not_writable`. */
export async function runInit(options: InitOptions, out: Output): Promise<ExitCode> {
  const { folder = '.', force } = options;
  const main = [
    { path: join(folder, 'relay.yaml'), text: RELAY_YAML },
    { path: join(folder, '.env.example'), text: ENV_EXAMPLE },
  ];
  if (!force) await mustBeNew(main.map(({ path }) => path));
  const rules = await rulesToWrite(join(folder, 'transforms'), options, out);
  try {
    for (const file of main) await write(file, force);
    for (const [name, text] of editorSchemas()) {
      await write({ path: join(folder, 'schemas', name), text }, force, 'keep');
    }
    for (const file of rules.files) await write(file, false, 'keep');
    await mkdir(join(folder, 'transforms'), { recursive: true });
    const ignored = await ignoreEnv(join(folder, '.gitignore'));
    const lines = [
      `Wrote ${main.map(({ path }) => path).join(' and ')}, with schemas/ for your editor.`,
      rules.says,
      ignored,
    ];
    out.print(lines.filter(Boolean).join('\n'));
  } catch (cause) {
    const why = systemPhrase(foreignCodeOf(cause) ?? 'unknown');
    throw new RelayError('not_writable', `cannot write into ${folder}: ${why}`, { cause });
  }
  out.print(nextSteps(folder));
  return EXIT.ok;
}

function nextSteps(folder: string): string {
  const xdrRelay = commandHere(process.env);
  return `Next${folder === '.' ? '' : `, in ${folder}`}:
  1. Put your storage account and your destinations into relay.yaml.
  2. Copy .env.example to .env and fill it in.
  3. Check both:  ${xdrRelay} config
  4. Start:       ${xdrRelay} serve`;
}

interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** Writes a file and its folder. @param otherwise whether a file that exists is kept, or is an error. */
async function write({ path, text }: NewFile, force: boolean, otherwise?: 'keep'): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    if (otherwise !== 'keep' || foreignCodeOf(cause) !== 'EEXIST') throw cause;
  }
}

/** The shipped rule files, where they are wanted and no others are there. A terminal is asked. */
async function rulesToWrite(
  folder: string,
  { minimal, yes }: InitOptions,
  out: Output,
): Promise<{ readonly files: readonly NewFile[]; readonly says: string }> {
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) return { files: [], says: `Left ${folder} as it is: it holds files already.` };
  const without = { files: [], says: `${folder} is empty: every row goes to default_destinations.` };
  if (minimal) return without;
  const shipped = await loadRuleFiles(join(packageFolder(), 'transforms'));
  const detections = shipped.filter(({ path }) => /^detections\/.*\.yml$/.test(path)).length;
  const tables = shipped.filter(({ path }) => !path.includes('/')).length;
  const about = `rules for ${tables} tables and ${detections} detections`;
  if (!yes && out.ask) {
    const answer = await out.ask(`Copy the shipped ${about} to ${folder}? [Y/n] `);
    if (/^n/i.test(answer.trim())) return without;
  }
  const files = shipped.map(({ path, text }) => ({ path: join(folder, path), text }));
  return { files, says: `Wrote ${about} to ${folder}.` };
}
