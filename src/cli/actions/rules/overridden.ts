/** Says what overrides have changed in rules. */
import type { AppliedOverride } from '../../../rules/overrides/apply.ts';
import type { OverriddenKey } from '../../../rules/sigma/index.ts';
import { durationSchema } from '../../../shared/duration.ts';
import type { RuleRef } from '../../../shared/event.ts';
import { plural } from '../../../shared/readable.ts';
import { visible } from '../../text.ts';
import type { Workspace } from './workspace.ts';

/** How many rules of an override are named. */
const NAMED = 3;

/** One line on what an override has changed in one rule: `level: medium -> high (overrides.yml:3, Noisy here)`. */
export function overrideText({ key, from, to, file, line, title }: OverriddenKey): string {
  const by = title === undefined ? `${file}:${line}` : `${file}:${line}, ${title}`;
  return `${key}: ${valueText(key, from)} -> ${valueText(key, to)} (${by})`;
}

/** What each override changes: how many rules, which of them, and in what. */
export function overridesText(
  overrides: readonly AppliedOverride[],
  { nameOf }: Pick<Workspace, 'nameOf'>,
): string {
  return overrides
    .map(({ file, line, title, rules }) => {
      const head = `${visible(nameOf(file))}:${line}: ${title === undefined ? '' : `${visible(title)}: `}changes ${plural(rules.length, 'rule')}`;
      const named = rules.slice(0, NAMED).map(({ title: rule }) => visible(JSON.stringify(rule)));
      const more = rules.length > NAMED ? [`${rules.length - NAMED} more`] : [];
      const changes = new Set(
        rules.flatMap((rule) =>
          rule.changes.map(({ key, from, to }) => `${key}: ${valueText(key, from)} -> ${valueText(key, to)}`),
        ),
      );
      const names = rules.length === 0 ? '' : ` (${[...named, ...more].join(', ')})`;
      return [head + names, ...[...changes].map((change) => `  ${change}`)].join('\n');
    })
    .join('\n');
}

function valueText(key: OverriddenKey['key'], value: unknown): string {
  if (key === 'enabled') return value === true ? 'on' : 'off';
  if (key === 'destinations') {
    if (value === undefined) return 'by level';
    return Array.isArray(value) && value.length > 0 ? value.join(', ') : 'nowhere';
  }
  if (key === 'grouping')
    return value === undefined ? 'by default' : groupingText(value as NonNullable<RuleRef['grouping']>);
  return String(value);
}

/** How alerts are grouped for people, as far as it is declared. */
export function groupingText(grouping: NonNullable<RuleRef['grouping']>): string {
  if (grouping === 'off') return 'of each alert by itself';
  const { by, windowMs, repeatMs } = grouping;
  const parts = [
    by && `by ${by.join(', ')}`,
    windowMs !== undefined && `window ${durationSchema.encode(windowMs)}`,
    repeatMs !== undefined && `repeat ${durationSchema.encode(repeatMs)}`,
  ];
  return parts.filter((part) => typeof part === 'string').join(', ');
}
