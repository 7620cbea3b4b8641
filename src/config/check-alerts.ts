/** Checks what relay.yaml says about alerts: how they are grouped by level, and links. */
import { LINK_PLACEHOLDER_NAMES, LINKS_LIMIT, linkProblem } from '../alerts/links.ts';
import { groupsAlerts } from '../destinations/list.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import { didYouMean } from '../diagnostics/nearest.ts';
import { mustBe } from '../diagnostics/sentences.ts';
import { declaredGrouping, groupingConflict } from '../shared/grouping.ts';
import type { RelayConfig } from './schema.ts';

export function checkAlerts({ alerts, destinations }: RelayConfig): Finding[] {
  return alerts.flatMap((entry, index): Finding[] => {
    const conflict = groupingConflict(entry);
    if (conflict) {
      const { key, message } = conflict;
      return [{ code: 'conflict', path: ['alerts', index, key], atKey: true, message }];
    }
    if (declaredGrouping(entry) === undefined) return [];
    const known = Object.entries(destinations).flatMap(([name, one]) => (entry.to.includes(name) ? one : []));
    if (known.some((entry) => groupsAlerts(entry))) return [];
    const key = (['group_by', 'window', 'repeat', 'grouping'] as const).find(
      (one) => entry[one] !== undefined,
    );
    const message = 'none of these destinations groups alerts: machines get a record for each alert';
    return [
      {
        severity: 'warning',
        code: 'grouping-without-people',
        path: ['alerts', index, key ?? 'to'],
        atKey: true,
        message,
        hint: 'name a destination for people, or set group_alerts on one of these',
      },
    ];
  });
}

export function checkLinks({ links }: RelayConfig): Finding[] {
  const found = Object.entries(links).flatMap(([label, template]): Finding[] => {
    const problem = linkProblem(template);
    if (!problem) return [];
    const path = ['links', label];
    const { wanted, placeholder } = problem;
    if (placeholder === undefined) return [{ ...mustBe('bad-format', path, wanted), path }];
    const all = `there are ${LINK_PLACEHOLDER_NAMES.join(', ')}`;
    const message = `{${placeholder}} is no placeholder of a link`;
    const hint = didYouMean(placeholder, LINK_PLACEHOLDER_NAMES) ?? all;
    return [{ code: 'not-allowed', path, message, hint }];
  });
  if (Object.keys(links).length > LINKS_LIMIT) {
    found.push({
      ...mustBe('out-of-range', ['links'], `at most ${LINKS_LIMIT} links`),
      path: ['links'],
      atKey: true,
    });
  }
  return found;
}
