/** Reads the portal's exports for the commands on schemas. */
import { readFile, stat } from 'node:fs/promises';
import { type Diagnostic, diagnostic, START } from '../../../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../../diagnostics/render.ts';
import {
  type KustoType,
  type Schema,
  shippedSchema,
  type TableSchema,
  withTables,
} from '../../../rules/schema/index.ts';
import {
  MAX_EXPORT_BYTES,
  type PortalExport,
  readPortalExport,
} from '../../../rules/schema/portal-export.ts';
import { messageOf, RelayError } from '../../../shared/errors.ts';
import type { Output } from '../../output.ts';

/** The tables of all files. Undefined if a file has mistakes, which were printed. Throws a RelayError if a file cannot be read. */
export async function readExports(
  paths: readonly string[],
  table: string | undefined,
  out: Output,
): Promise<readonly TableSchema[] | undefined> {
  const sources = new Map<string, string>();
  const exports: PortalExport[] = [];
  for (const path of paths) {
    const read = readPortalExport(path, await bytesOf(path), table);
    sources.set(path, read.text);
    exports.push(read);
  }
  const diagnostics = [...exports.flatMap((one) => one.diagnostics), ...contradictions(paths, exports)];
  if (diagnostics.length > 0) {
    out.print(renderDiagnostics(diagnostics, sources, 'text', { color: out.color }));
    return undefined;
  }
  // The columns of one table may be spread over several files.
  const all: Schema = withTables(
    EMPTY,
    exports.flatMap(({ tables }) => tables),
  );
  return all.tableNames.flatMap((name) => {
    const found = all.find(name);
    return found ? [{ ...found, table: shippedSchema.find(name)?.table ?? name }] : [];
  });
}

/** Reports columns that two files have with different types. */
function contradictions(paths: readonly string[], exports: readonly PortalExport[]): Diagnostic[] {
  const seen = new Map<string, { readonly type: KustoType; readonly path: string }>();
  return exports.flatMap(({ tables }, index) =>
    tables.flatMap(({ table, columns }) =>
      [...columns].flatMap(([column, type]): Diagnostic[] => {
        const path = paths[index] ?? '';
        const key = `${table.toLowerCase()}.${column}`;
        const before = seen.get(key);
        seen.set(key, before ?? { type, path });
        if (before === undefined || before.type === type) return [];
        const message = `${table}.${column} is ${type} here, and ${before.type} in ${before.path}`;
        return [diagnostic(path, START, { code: 'type-conflict', message })];
      }),
    ),
  );
}

const EMPTY: Schema = { tableNames: [], find: () => undefined };

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    const known = await stat(path);
    if (!known.isFile()) throw new Error('not a file');
    if (known.size > MAX_EXPORT_BYTES) {
      throw new Error(
        `larger than ${MAX_EXPORT_BYTES.toLocaleString('en-US')} bytes: the result of getschema is a few kilobytes a table`,
      );
    }
    return await readFile(path);
  } catch (cause) {
    throw new RelayError('export_unreadable', `${path}: ${messageOf(cause)}`, { cause });
  }
}
