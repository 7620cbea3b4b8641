/** `transforms/schema.yaml` as the commands on schemas read and write it. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Diagnostic, diagnostic, START } from '../../../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../../diagnostics/render.ts';
import { sortFiles } from '../../../rules/folder.ts';
import { knownSchema } from '../../../rules/known-schema.ts';
import type { TableDifference } from '../../../rules/schema/differences.ts';
import { editOwnFile, type SchemaEdit } from '../../../rules/schema/edit-own.ts';
import type { Schema, TableSchema } from '../../../rules/schema/index.ts';
import { readOwnTables, SCHEMA_FILE } from '../../../rules/schema/own-file.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import type { Output } from '../../output.ts';
import { formatRuleFile } from '../rules/fmt.ts';
import { loadIfThere, transformsDirectory, type WorkspaceOptions } from '../rules/workspace.ts';

/** The tenant's schema file, or the place where it would be. */
export interface OwnFile {
  /** As it is to be shown, and opened from the working directory. */
  readonly path: string;
  /** Undefined where there is no file yet. */
  readonly text: string | undefined;
  readonly tables: readonly TableSchema[];
  /** What the whole folder knows: shipped, this file, and table files. */
  readonly known: Schema;
}

/** Opens it. Undefined where it has errors, which were printed. Throws a RelayError where files cannot be read. */
export async function openOwnFile(options: WorkspaceOptions, out: Output): Promise<OwnFile | undefined> {
  const directory = await transformsDirectory(options);
  const folder = sortFiles(await loadIfThere(directory));
  const [file] = folder.schema;
  const path = `${directory}/${file?.path ?? SCHEMA_FILE}`;
  const diagnostics: Diagnostic[] = [];
  const tables = readOwnTables(folder.schema, (one) =>
    diagnostics.push({ ...one, file: `${directory}/${one.file}` }),
  );
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const sources = new Map(folder.schema.map((one) => [`${directory}/${one.path}`, one.text]));
    out.print(renderDiagnostics(errors, sources, 'text', { color: out.color }));
    return undefined;
  }
  return { path, text: file?.text, tables, known: knownSchema(folder, () => {}).schema };
}

/** Adds columns to the file. Undefined, with the reason printed, where it would be larger than a schema file may be. */
export async function writeOwnFile(
  { path, text }: OwnFile,
  tables: readonly TableDifference[],
  replace: boolean,
  out: Output,
): Promise<SchemaEdit | undefined> {
  const edit = editOwnFile(text, tables, replace);
  if (edit.text === undefined) return edit;
  const written = formatRuleFile(edit.text) ?? edit.text;
  const errors: Diagnostic[] = [];
  readOwnTables([{ path, text: written }], (one) => {
    if (one.severity === 'error') errors.push(diagnostic(path, START, one));
  });
  if (errors.length > 0) {
    out.print(renderDiagnostics(errors, new Map(), 'text', { color: out.color }));
    return undefined;
  }
  try {
    await mkdir(join(path, '..'), { recursive: true });
    // A relay that watches the folder must never read half of it.
    const part = `${path}.part`;
    await writeFile(part, written);
    await rename(part, path);
  } catch (cause) {
    throw new RelayError('file_unwritable', `${path}: ${messageOf(cause)}`, { cause });
  }
  return edit;
}
