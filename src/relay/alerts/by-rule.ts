/** Events of a batch as alerts, and alerts by the document of their rule. */
import type { Alert } from '../../alerts/groups/alert.ts';
import type { DefenderRow } from '../../alerts/joins/join.ts';
import type { Envelope } from '../../shared/event.ts';
import { alertOf, defenderRowOf, type RuleAlerts, ruleOf } from './alerts-of.ts';
import { ruleShard } from './names.ts';

/** Defender's own alerts and their evidence apart from all other alerts. @param isApart whether they are not joined, because they are sent again on purpose, or the destination joins none. */
export function sorted(
  events: readonly (readonly Envelope[])[],
  reading: string,
  isApart: boolean,
): { readonly alerts: readonly Alert[]; readonly rows: readonly DefenderRow[] } {
  const alerts: Alert[] = [];
  const rows: DefenderRow[] = [];
  for (const envelopes of events) {
    const row = defenderRowOf(envelopes, reading);
    if (row === undefined) {
      const raising = envelopes.filter(({ evidence }) => evidence !== true);
      const alert = alertOf(raising, reading);
      if (alert) alerts.push(alert);
    } else if (!isApart) rows.push(row);
    else if (row.alert !== undefined) alerts.push(row.alert);
  }
  return { alerts, rows };
}

/** Alerts by the name of the document that has their rule's groups. */
export function byRule(alerts: readonly Alert[]): ReadonlyMap<string, RuleAlerts> {
  const rules = new Map<string, RuleAlerts>();
  for (const alert of alerts) {
    const rule = ruleOf(alert.envelope);
    const name = ruleShard(rule);
    const known = rules.get(name);
    if (known) known.alerts.push(alert);
    else rules.set(name, { rule, alerts: [alert] });
  }
  return rules;
}
