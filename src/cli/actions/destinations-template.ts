/** Writes the files that create at a product what a type of destination needs there. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Descriptor } from '../../destinations/descriptor.ts';
import { DESTINATIONS } from '../../destinations/list.ts';
import type { Shape } from '../../destinations/shapes.ts';
import type { Template, TemplateTable } from '../../destinations/template.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import { shippedSchema } from '../../rules/schema/index.ts';
import { messageOf, RelayError } from '../../shared/errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { visible } from '../text.ts';
import { UsageError } from '../usage-error.ts';
import { mustBeNew } from './must-be-new.ts';

export interface TemplateOptions {
  readonly type: string;
  /** Names of tables, separated by commas; undefined: all. */
  readonly tables: string | undefined;
  readonly shape: Shape | undefined;
  readonly out: string | undefined;
  /** Whether files in the folder are overwritten. */
  readonly force: boolean;
}

/** Prints the files, or writes them into a folder. How each is used is a note, so that what is printed can go to another program. */
export async function writeTemplate(
  { type, tables, shape, out: folder, force }: TemplateOptions,
  out: Output,
): Promise<ExitCode> {
  const files = templateOf(type)({ tables: tablesNamed(tables), shape });
  if (folder !== undefined && !force) await mustBeNew(files.map(({ name }) => join(folder, name)));
  for (const { name, text, use } of files) {
    if (folder === undefined) out.print(text.trimEnd());
    else await written(join(folder, name), text, force);
    out.note(`${folder === undefined ? name : join(folder, name)}: ${use}`);
  }
  return EXIT.ok;
}

async function written(path: string, text: string, force: boolean): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    throw new RelayError('file_unwritable', `${path}: ${messageOf(cause)}`, { cause });
  }
}

function templateOf(type: string): Template {
  const all: readonly Descriptor[] = DESTINATIONS;
  const found = all.find((each) => each.type === type);
  if (found?.template) return found.template;
  const known = all.flatMap((each) => (each.template ? [each.type] : []));
  const hint = didYouMean(type, known) ?? `there are templates for ${known.join(', ')}`;
  const what = found ? 'needs nothing created' : 'is no type of destination';
  throw new UsageError('no_template', `"${visible(type)}" ${what}: ${hint}`);
}

function tablesNamed(names: string | undefined): readonly TemplateTable[] {
  const wanted = names?.split(',').map((name) => name.trim()) ?? shippedSchema.tableNames;
  return wanted.map((name) => {
    const found = shippedSchema.find(name);
    if (found) return { name: found.table, columns: found.columns };
    const hint = didYouMean(name, shippedSchema.tableNames) ?? '`xdr-relay columns` lists them';
    throw new UsageError('unknown_table', `there is no table "${visible(name)}": ${hint}`);
  });
}
