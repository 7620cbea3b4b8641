/** Shows a list, or what it says about values. */
import { suggest } from '../../../diagnostics/nearest.ts';
import { agedLists } from '../../../rules/lists/age.ts';
import type { CompiledList } from '../../../rules/lists/compiled-list.ts';
import type { AddressDatabase } from '../../../rules/lists/database.ts';
import { DATABASE } from '../../../rules/lists/list.ts';
import { systemClock } from '../../../shared/clock.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { visible } from '../../text.ts';
import { UsageError } from '../../usage-error.ts';
import type { WorkspaceOptions } from '../rules/workspace.ts';
import { openLists } from './open.ts';
import { listTable } from './table.ts';

export interface ShowListOptions extends WorkspaceOptions {
  readonly name: string;
  /** Empty: show the list itself. */
  readonly values: readonly string[];
}

/** `lists show`: a list, or for each value whether the list has it, and what stands beside it. Exits with 1 if it does not have one. */
export async function showList(options: ShowListOptions, out: Output): Promise<ExitCode> {
  const { lists, files } = await openLists(options, out);
  if (!lists) return EXIT.failed;
  const list = lists.get(options.name);
  if (!list) throw unknownListError(options.name, lists.keys());
  if (options.values.length === 0) {
    out.print(listTable(agedLists([list], files, systemClock.now())));
    if (list.declaration.description !== undefined) out.print(visible(list.declaration.description));
    if (list.database) out.print(databaseText(list.database));
    return EXIT.ok;
  }
  const found = options.values.map((value) => ({ value, told: toldOf(list, value) }));
  for (const { value, told } of found)
    out.print(`${visible(value)}: ${told ?? `not in the ${kindOf(list)}`}`);
  return found.every(({ told }) => told !== undefined) ? EXIT.ok : EXIT.failed;
}

function unknownListError(name: string, known: Iterable<string>): UsageError {
  const hint = suggest(name, known) ?? '"xdr-relay lists list" shows the lists';
  return new UsageError('unknown_list', `no list is named "${visible(name)}": ${hint}`);
}

function kindOf(list: CompiledList): string {
  return list.type === DATABASE ? 'database' : 'list';
}

/** What a list or a database has of a value; undefined if it does not have it. */
function toldOf(list: CompiledList, value: string): string | undefined {
  if (list.type === DATABASE) {
    const record = list.database?.find(value);
    return record && visible(JSON.stringify(record));
  }
  const entry = list.find(value);
  return entry < 0 ? undefined : described(list, entry);
}

/** What a database is, and the paths that `geo` may name. */
function databaseText({ type, built, paths }: AddressDatabase): string {
  const made = new Date(built).toISOString().slice(0, 10);
  return [
    `${visible(type)}, made on ${made}; its records have:`,
    ...paths.map((path) => `  ${visible(path)}`),
  ].join('\n');
}

function described(list: CompiledList, entry: number): string {
  const beside = list.columns.flatMap((column) => {
    const value = list.valueAt(entry, column);
    return value === undefined
      ? []
      : [`${column}=${typeof value === 'string' ? value : JSON.stringify(value)}`];
  });
  return visible(['in the list', ...beside].join('  '));
}
