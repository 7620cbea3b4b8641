/** The names by which tests may refer to alerts. */
import type { RuleRef } from '../../shared/event.ts';
import type { Program } from '../program.ts';

/** The titles and ids of everything that raises alerts: rules, correlations, and routes with a severity. */
export function alertNames({ tables, correlations }: Program): ReadonlySet<string> {
  const loud = [...tables.values()].flatMap(({ routes, detections }) => [
    ...routes.flatMap(({ rule }) => rule ?? []),
    ...detections.filter(({ silent }) => !silent).map(({ rule }) => rule),
  ]);
  const counted = correlations.filter(({ silent }) => !silent).map(({ rule }) => rule);
  return new Set(
    [...loud, ...counted].flatMap(({ title, id }: RuleRef) => [title, ...(id === undefined ? [] : [id])]),
  );
}
