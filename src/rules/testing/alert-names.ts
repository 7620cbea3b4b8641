/** The names by which tests may refer to alerts. */
import type { RuleRef } from '../../shared/event.ts';
import type { Program } from '../program.ts';

export interface AlertNames {
  /** The titles and ids of everything that raises alerts: rules, correlations, and routes with a severity. */
  readonly names: ReadonlySet<string>;
  /** The rules themselves. */
  readonly rules: readonly RuleRef[];
  /** Titles with placeholders. */
  readonly templates: readonly string[];
}

export function alertNames({ tables, correlations }: Program): AlertNames {
  const loud = [...tables.values()].flatMap(({ routes, detections }) => [
    ...routes.flatMap(({ rule }) => rule ?? []),
    ...detections.filter(({ silent }) => !silent).map(({ rule }) => rule),
  ]);
  const counted = correlations.filter(({ silent }) => !silent).map(({ rule }) => rule);
  const rules: readonly RuleRef[] = [...loud, ...counted];
  return {
    rules,
    names: new Set(rules.flatMap(({ title, id }) => [title, ...(id === undefined ? [] : [id])])),
    templates: [...new Set(rules.flatMap(({ titleTemplate }) => titleTemplate ?? []))],
  };
}
