/** Shows lists with their size and age. */
import type { AgedList } from '../../../rules/lists/age.ts';
import { formatAge } from '../../../shared/readable.ts';
import { formatTable, visible } from '../../text.ts';

/** The lists as a table. */
export function listTable(lists: readonly AgedList[]): string {
  const rows = lists.map(({ list, age, isOld }) => [
    visible(list.name),
    list.type,
    list.size.toLocaleString('en-US'),
    shownColumns(list.columns),
    age === undefined ? '' : formatAge(age),
    noteOn(list.file, isOld),
  ]);
  return formatTable(['LIST', 'TYPE', 'ENTRIES', 'COLUMNS', 'AGE', ''], rows, [2]);
}

/** A database has so many paths that the table would have no room for them: `lists show` lists them all. */
const MOST_SHOWN = 6;

function shownColumns(columns: readonly string[]): string {
  const more = columns.length - MOST_SHOWN;
  const shown = columns.slice(0, MOST_SHOWN).map(visible).join(', ');
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function noteOn(file: string | undefined, isOld: boolean): string {
  if (file === undefined) return 'no file yet';
  return isOld ? 'too old' : '';
}
