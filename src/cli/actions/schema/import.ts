/** Imports the tenant's schema from the portal's exports. */
import { didYouMean } from '../../../diagnostics/nearest.ts';
import { differences } from '../../../rules/schema/differences.ts';
import { shippedSchema, tableNames } from '../../../rules/schema/index.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { inColumns } from '../rules/columns.ts';
import type { WorkspaceOptions } from '../rules/workspace.ts';
import { readExports } from './exports.ts';
import { openOwnFile, writeOwnFile } from './own-file.ts';

export interface ImportOptions extends WorkspaceOptions {
  readonly files: readonly string[];
  readonly table?: string | undefined;
  /** Whether the export's type replaces another type in the schema file. */
  readonly replace: boolean;
}

/** `schema import`: writes what the shipped schema lacks. Exits with 1 if a file has mistakes, or if the schema file has other types. */
export async function importCommand(options: ImportOptions, out: Output): Promise<ExitCode> {
  const exported = await readExports(options.files, options.table, out);
  const own = exported && (await openOwnFile(options, out));
  if (!exported || !own) return EXIT.failed;
  const found = differences(exported, shippedSchema, { withMissing: false });
  // The schema file may override a shipped type that the export confirms: `found` lacks such a column, so the edit must include it here.
  const back = differences(own.tables, shippedSchema, { withMissing: false }).flatMap(
    ({ table, columns }) => {
      const now = exported.find((one) => one.table.toLowerCase() === table.toLowerCase())?.columns;
      return [
        {
          table,
          isNew: false,
          columns: columns.flatMap((one) => {
            const type = now?.get(one.column);
            return type !== undefined && one.known !== undefined ? [{ ...one, type }] : [];
          }),
        },
      ];
    },
  );
  const edit = await writeOwnFile(own, [...found, ...back], options.replace, out);
  if (!edit) return EXIT.failed;
  const read = exported.reduce((sum, { columns }) => sum + columns.size, 0);
  const known = read - found.reduce((sum, { columns }) => sum + columns.length, 0);
  out.print(
    `${own.path}: ${plural(read, 'column')} of ${plural(exported.length, 'table')} read, ${known.toLocaleString('en-US')} as shipped, ${edit.added.length} added, ${edit.replaced.length} replaced`,
  );
  const shipped = ({ table, column }: { readonly table: string; readonly column: string }) => {
    const type = shippedSchema.find(table)?.columns.get(column);
    return type === undefined ? '' : `${type} in the shipped schema`;
  };
  const lines = [
    ...edit.added.map((one) => [`+ ${one.table}.${one.column}`, one.type, shipped(one)]),
    ...edit.replaced.map((one) => [`~ ${one.table}.${one.column}`, one.type, `was ${one.before}`]),
  ];
  if (lines.length > 0) out.print(inColumns(lines));
  for (const { table, isNew } of found) {
    if (!isNew) continue;
    const hint = didYouMean(table, tableNames);
    out.note(
      `no table "${table}" is shipped: it is taken as your own${hint === undefined ? '' : `; ${hint}`}`,
    );
  }
  if (edit.kept.length === 0) return EXIT.ok;
  const kept = edit.kept.map((one) => [
    `${one.table}.${one.column}`,
    `${one.before}`,
    `${one.type} in the export`,
  ]);
  out.note(
    `${plural(edit.kept.length, 'column')} with another type in ${own.path}, which was kept; --replace takes the export's:\n${inColumns(kept)}`,
  );
  return EXIT.failed;
}
