/** Shows how the tenant's schema differs from the shipped one. */
import { differences, type TableDifference } from '../../../rules/schema/differences.ts';
import { shippedSchema, typesConflict } from '../../../rules/schema/index.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { inColumns } from '../rules/columns.ts';
import type { WorkspaceOptions } from '../rules/workspace.ts';
import { readExports } from './exports.ts';
import { openOwnFile } from './own-file.ts';

export interface DiffOptions extends WorkspaceOptions {
  /** Paths of the portal's exports. Empty: compare the schema file. */
  readonly files: readonly string[];
  readonly table?: string | undefined;
  readonly format: 'text' | 'json';
}

/** `schema diff`: compares the schema file or exports with the shipped schema. Exports are complete, so columns that they lack are shown too. */
export async function diffCommand(options: DiffOptions, out: Output): Promise<ExitCode> {
  const withMissing = options.files.length > 0;
  const tables = withMissing
    ? await readExports(options.files, options.table, out)
    : (await openOwnFile(options, out))?.tables;
  if (!tables) return EXIT.failed;
  const found = differences(tables, shippedSchema, { withMissing });
  if (options.format === 'json') out.print(JSON.stringify(found, undefined, 2));
  else
    out.print(
      found.length === 0 ? 'nothing differs from the shipped schema' : found.map(asText).join('\n\n'),
    );
  return EXIT.ok;
}

function asText({ table, isNew, columns }: TableDifference): string {
  const head = isNew
    ? `${table}: ${plural(columns.length, 'column')}, not a shipped table`
    : `${table}: ${plural(columns.length, 'difference')}`;
  const lines = columns.map(({ column, type, known }) => {
    if (type === undefined) return [`- ${column}`, `${known}`, 'shipped, not in the export'];
    if (known === undefined) return [`+ ${column}`, type, isNew ? '' : 'not shipped'];
    return [
      `~ ${column}`,
      type,
      `${known} in the shipped schema${typesConflict(known, type) ? ', a conflict' : ''}`,
    ];
  });
  return [head, inColumns(lines)].filter((part) => part !== '').join('\n');
}
