/** Reads and writes `transforms/schema.yaml` for the commands on schemas. */
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

/** The tenant's schema file; it may not exist yet. */
export interface OwnFile {
  /** The file's path from the working directory, also for display. */
  readonly path: string;
  /** The file's text; undefined if it does not exist. */
  readonly text: string | undefined;
  readonly tables: readonly TableSchema[];
  /** The schema that the whole folder knows: the shipped schema, this file, and table files. */
  readonly known: Schema;
}

/** Opens the schema file. Undefined if it has errors, which were printed. Throws a RelayError if files cannot be read. */
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

/** Adds columns to the file. Undefined, with the reason printed, if the file would exceed the size limit. */
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
    // The file is written under another name first, so that a relay that watches the folder never reads half of it.
    const part = `${path}.part`;
    await writeFile(part, written);
    await rename(part, path);
  } catch (cause) {
    throw new RelayError('file_unwritable', `${path}: ${messageOf(cause)}`, { cause });
  }
  return edit;
}
