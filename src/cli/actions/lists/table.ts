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
    [...list.columns].map(visible).join(', '),
    age === undefined ? '' : formatAge(age),
    noteOn(list.file, isOld),
  ]);
  return formatTable(['LIST', 'TYPE', 'ENTRIES', 'COLUMNS', 'AGE', ''], rows, [2]);
}

function noteOn(file: string | undefined, isOld: boolean): string {
  if (file === undefined) return 'no file yet';
  return isOld ? 'too old' : '';
}
