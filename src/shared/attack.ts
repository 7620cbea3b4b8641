/** MITRE ATT&CK's names as Sigma's tags write them: `attack.execution`, `attack.t1059.001`. */

/** ATT&CK's enterprise tactics by the names that Sigma's tags use (attack.mitre.org, "Tactics"). */
export const TACTICS: Readonly<Record<string, string>> = {
  reconnaissance: 'TA0043',
  'resource-development': 'TA0042',
  'initial-access': 'TA0001',
  execution: 'TA0002',
  persistence: 'TA0003',
  'privilege-escalation': 'TA0004',
  'defense-evasion': 'TA0005',
  'credential-access': 'TA0006',
  discovery: 'TA0007',
  'lateral-movement': 'TA0008',
  collection: 'TA0009',
  'command-and-control': 'TA0011',
  exfiltration: 'TA0010',
  impact: 'TA0040',
};

/** A tactic of a tag. */
export interface Tactic {
  /** As attack.mitre.org writes it: `Command and Control`. */
  readonly name: string;
  readonly id: string;
}

/** What the tags of a rule say of ATT&CK. Each list is without repeats, in the order of the tags. */
export interface AttackTags {
  readonly tactics: readonly Tactic[];
  /** `T1059`, also of each sub-technique. */
  readonly techniques: readonly string[];
  /** `T1059.001`. */
  readonly subtechniques: readonly string[];
}

/** The tactic that a tag without `attack.` names; undefined for other tags. */
export function tacticOf(name: string): Tactic | undefined {
  const key = name.toLowerCase().replaceAll('_', '-');
  const id = Object.hasOwn(TACTICS, key) ? TACTICS[key] : undefined;
  return id === undefined ? undefined : { name: titleOf(key), id };
}

/** Reads the ATT&CK tags among a rule's tags; others are left out. */
export function attackTags(tags: readonly string[]): AttackTags {
  const tactics = new Map<string, Tactic>();
  const techniques = new Set<string>();
  const subtechniques = new Set<string>();
  for (const tag of tags) {
    const name = /^attack\.([a-z0-9._-]{1,40})$/i.exec(tag)?.[1];
    if (name === undefined) continue;
    const [, technique, sub] = /^(t\d{4})(?:\.(\d{3}))?$/i.exec(name) ?? [];
    if (technique !== undefined) {
      techniques.add(technique.toUpperCase());
      if (sub !== undefined) subtechniques.add(`${technique.toUpperCase()}.${sub}`);
    }
    const tactic = tacticOf(name);
    if (tactic) tactics.set(tactic.id, tactic);
  }
  return { tactics: [...tactics.values()], techniques: [...techniques], subtechniques: [...subtechniques] };
}

function titleOf(key: string): string {
  return key
    .split('-')
    .map((word) => (word === 'and' ? word : `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`))
    .join(' ');
}
