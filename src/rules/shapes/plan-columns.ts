/** Which columns a table's mapping reads. */
import { type DetectionReads, detectionReads } from '../columns/detection-reads.ts';
import { pathsOf } from '../columns/paths.ts';
import type { Part, Plan } from './plan.ts';

/** The columns, by the names that Defender gave them, that get a place in events or decide about one. */
export function columnsReadBy({ base, actions, cases, otherwise }: Plan): DetectionReads {
  const columns = new Set(['ActionType']);
  const parts = [base, ...actions.values(), ...cases.map(({ part }) => part), ...otherwise];
  const placed = parts.flatMap((part) => [...placementsOf(part)]);
  for (const { path, joined } of placed) {
    for (const column of [path, ...joined].flatMap(pathsOf)) columns.add(column);
  }
  const conditions = [
    ...cases.map(({ condition }) => condition),
    ...placed.flatMap(({ condition }) => condition ?? []),
  ].map(detectionReads);
  for (const read of conditions) for (const column of read.columns) columns.add(column);
  return { columns, everything: conditions.some(({ everything }) => everything) };
}

/** The columns that get a place. One without placements stays where custom values are: nothing reads it. */
function placementsOf({ columns }: Part) {
  return [...columns].flatMap(([path, placements]) =>
    placements.map(({ entry, condition }) => ({ path, joined: entry.join?.columns ?? [], condition })),
  );
}
