/** Decides how people are told of a rule's alerts, destination by destination: by the rule's own file, then by relay.yaml. */
import type { Level, RuleRef } from '../../shared/event.ts';
import { type DeclaredGrouping, declaredGrouping, mergedGrouping } from '../../shared/grouping.ts';
import type { AlertTarget, RuleContext } from '../ruleset.ts';

export interface AlertsOf {
  readonly level: Level;
  /** The destinations, without duplicates. */
  readonly to: readonly string[];
  readonly context: Pick<RuleContext, 'alerts'>;
  /** `group-by` of a correlation. */
  readonly groupBy?: readonly string[];
}

/** The destinations of a rule's alerts; those that are told alike are together. */
export function alertTargets(
  rule: RuleRef,
  { level, to, context, groupBy }: AlertsOf,
): readonly AlertTarget[] {
  const targets = new Map<string, { readonly rule: RuleRef; readonly to: string[] }>();
  const ofCorrelation = groupBy && groupBy.length > 0 ? { by: groupBy } : undefined;
  for (const name of to) {
    const grouping = mergedGrouping([rule.grouping, ofCorrelation, byLevel(context, level, name)]);
    const key = JSON.stringify(grouping) ?? '';
    const known = targets.get(key);
    if (known) known.to.push(name);
    else targets.set(key, { rule: withGrouping(rule, grouping), to: [name] });
  }
  return [...targets.values()];
}

/** The grouping of a route's alerts. @param own what the route itself says. */
export function routeGrouping(
  own: DeclaredGrouping | undefined,
  {
    level,
    to,
    context,
  }: { readonly level: Level; readonly to: string; readonly context: Pick<RuleContext, 'alerts'> },
): DeclaredGrouping | undefined {
  return mergedGrouping([own, byLevel(context, level, to)]);
}

/** What `alerts` of relay.yaml say about a level for one destination. */
function byLevel(
  { alerts }: Pick<RuleContext, 'alerts'>,
  level: Level,
  destination: string,
): DeclaredGrouping | undefined {
  const entries = alerts.filter(({ levels, to }) => levels.includes(level) && to.includes(destination));
  return mergedGrouping(entries.map(declaredGrouping));
}

function withGrouping({ grouping: _, ...rule }: RuleRef, grouping: DeclaredGrouping | undefined): RuleRef {
  return grouping === undefined ? rule : { ...rule, grouping };
}
