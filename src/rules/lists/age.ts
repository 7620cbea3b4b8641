/** How old lists are, by what they declare or by the time of their files, and which of them are older than they may be. */
import { type Diagnostic, diagnostic, START } from '../../diagnostics/diagnostic.ts';
import { formatAge } from '../../shared/readable.ts';
import type { RuleFile } from '../rule-file.ts';
import type { CompiledList } from './compiled-list.ts';
import { dateOf } from './declaration.ts';

/** A list with its age. */
export interface AgedList {
  readonly list: CompiledList;
  /** When the list was written, ms since the epoch; undefined if neither the list nor its file says it. */
  readonly written: number | undefined;
  /** Milliseconds; undefined if `written` is. */
  readonly age: number | undefined;
  /** Whether it is older than its `max_age`. */
  readonly isOld: boolean;
}

/** The lists in the order of their names. @param files those that the lists were compiled from. */
export function agedLists(
  lists: Iterable<CompiledList>,
  files: readonly RuleFile[],
  now: number,
): readonly AgedList[] {
  const times = new Map(files.map(({ path, modified }) => [path, modified]));
  return [...lists]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((list): AgedList => {
      const { updated, max_age: most } = list.declaration;
      const declared = updated === undefined ? undefined : dateOf(updated);
      const written = declared ?? list.database?.built ?? times.get(list.file ?? '');
      const age = written === undefined ? undefined : Math.max(0, now - written);
      return { list, written, age, isOld: most !== undefined && age !== undefined && age > most };
    });
}

/** A warning for each list that is older than it may be. */
export function oldListWarnings(lists: readonly AgedList[]): readonly Diagnostic[] {
  return lists.flatMap(({ list, age, isOld }) =>
    isOld && list.file !== undefined
      ? diagnostic(list.file, START, { code: 'old-list', message: oldListText(list, age) }, 'warning')
      : [],
  );
}

/** `the list "c2" is 9 days old, and may be 7 days old`. */
export function oldListText({ name, declaration }: CompiledList, age = 0): string {
  return `the list "${name}" is ${formatAge(age)} old, and at most ${formatAge(declaration.max_age ?? 0)} are expected`;
}
