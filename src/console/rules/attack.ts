/** Which techniques of MITRE ATT&CK the rules in force name, by tactic. */
import type { RuleFact } from '../../rules/rule-facts.ts';
import { attackTags, TACTICS, tacticOf, techniqueName } from '../../shared/attack.ts';
import type { AttackCell, AttackColumn } from '../model/rules.ts';
import type { Hits } from './hits.ts';

/** For rules that name techniques and no tactic. */
const NO_TACTIC = '';

/**
 * The tactics in ATT&CK's order, those without a technique included. A technique stands under each tactic that its rule names: the rules
 * say which belong together.
 */
export function attackColumns(rules: readonly RuleFact[], hits: Hits | undefined): readonly AttackColumn[] {
  const cells = new Map<string, Map<string, { rules: number; hits: number }>>();
  for (const rule of rules) {
    if (rule.state === 'off') continue;
    const { tactics, techniques, subtechniques } = attackTags(rule.tags);
    const refined = new Set(subtechniques.map((id) => id.slice(0, 5)));
    const ids = [...techniques.filter((id) => !refined.has(id)), ...subtechniques];
    const under = tactics.length > 0 ? tactics.map(({ id }) => id) : [NO_TACTIC];
    for (const tactic of under) {
      const column = cells.get(tactic) ?? new Map<string, { rules: number; hits: number }>();
      cells.set(tactic, column);
      for (const id of ids) {
        const { rules: count = 0, hits: sum = 0 } = column.get(id) ?? {};
        column.set(id, { rules: count + 1, hits: sum + (hits?.total(rule.rule) ?? 0) });
      }
    }
  }
  const columns = [...tacticNames()].map(([id, name]): AttackColumn => {
    return { id, name, techniques: cellsOf(cells.get(id), hits) };
  });
  const loose = cellsOf(cells.get(NO_TACTIC), hits);
  return loose.length === 0
    ? columns
    : [...columns, { id: NO_TACTIC, name: 'No tactic named', techniques: loose }];
}

/** Each tactic once: ATT&CK 19 gave the id of an older one a new name, which is the last of {@link TACTICS}. */
function tacticNames(): ReadonlyMap<string, string> {
  return new Map(Object.keys(TACTICS).map((key) => [TACTICS[key] ?? '', tacticOf(key)?.name ?? key]));
}

function cellsOf(
  found: ReadonlyMap<string, { readonly rules: number; readonly hits: number }> | undefined,
  hits: Hits | undefined,
): readonly AttackCell[] {
  return [...(found ?? [])]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([id, { rules, hits: sum }]): AttackCell => {
      const name = techniqueName(id);
      return { id, ...(name !== undefined && { name }), rules, ...(hits && { hits: sum }) };
    });
}
