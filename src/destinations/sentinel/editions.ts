/**
 * Which columns of Defender's tables a data collection rule declares.
 *
 * Azure Monitor drops what the rule's stream does not declare, and says nothing. So what is sent follows the edition from which the rule was
 * made, however much newer the relay is; columns that this edition does not know stand together in one dynamic column.
 */
import { COLUMNS_2026_11 } from './columns-2026-11.ts';
import type { EditionTables, StreamType } from './stream-type.ts';

/** From the oldest on. */
export const EDITIONS = ['2026-11'] as const;
export type Edition = (typeof EDITIONS)[number];
/** What new rules are made from. */
export const NEWEST: Edition = EDITIONS.at(-1) ?? EDITIONS[0];

const TABLES: Readonly<Record<Edition, EditionTables>> = { '2026-11': COLUMNS_2026_11 };

/** Names that columns of a table must not have (Microsoft Learn, "Logs Ingestion API in Azure Monitor", supported tables). */
const RESERVED = new Set(['_resourceid', 'id', '_subscriptionid', 'tenantid', 'type', 'uniqueid', 'title']);
/** At most 45 letters, digits and underscores (the same page). */
const NAME = /^[A-Za-z]\w{0,44}$/;

/** A column of Defender as the stream has it. */
export interface DeclaredColumn {
  readonly name: string;
  readonly type: StreamType;
}

const made = new Map<string, ReadonlyMap<string, DeclaredColumn>>();

/**
 * The columns of a table that an edition declares, by Defender's name; none for a table that it does not know. Names that differ only in the
 * case of letters are one column, since a table of a workspace has no two of them.
 */
export function declaredColumns(edition: Edition, table: string): ReadonlyMap<string, DeclaredColumn> {
  const key = `${edition} ${table}`;
  const known = made.get(key);
  if (known) return known;
  const tables = TABLES[edition];
  const types = Object.hasOwn(tables, table) ? tables[table] : undefined;
  const found = new Map<string, DeclaredColumn>();
  const byLetters = new Map<string, DeclaredColumn>();
  for (const [type, names] of Object.entries(types ?? {})) {
    for (const name of names.split(' ')) {
      // The keys are stream types.
      const column = declared(name, type as StreamType);
      if (column === undefined) continue;
      const letters = column.name.toLowerCase();
      const first = byLetters.get(letters) ?? column;
      byLetters.set(letters, first);
      found.set(name, first);
    }
  }
  // Tables come from rows: only those of the edition are kept.
  if (types) made.set(key, found);
  return found;
}

/** The tables that an edition knows. */
export function tablesOf(edition: Edition): readonly string[] {
  return Object.keys(TABLES[edition]);
}

/** A column of a reserved name gets `Defender` before it; undefined for one that cannot be named. */
function declared(name: string, type: StreamType): DeclaredColumn | undefined {
  const own = RESERVED.has(name.toLowerCase()) ? `Defender${name}` : name;
  return NAME.test(own) ? { name: own, type } : undefined;
}
