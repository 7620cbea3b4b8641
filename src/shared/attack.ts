/** MITRE ATT&CK's names as Sigma's tags write them: `attack.execution`, `attack.t1059.001`. */

import { TECHNIQUES } from './attack-techniques.ts';

/** ATT&CK's enterprise tactics by the names that Sigma's tags use (attack.mitre.org, "Tactics"). */
export const TACTICS: Readonly<Record<string, string>> = {
  reconnaissance: 'TA0043',
  'resource-development': 'TA0042',
  'initial-access': 'TA0001',
  execution: 'TA0002',
  persistence: 'TA0003',
  'privilege-escalation': 'TA0004',
  // ATT&CK 19 split "Defense Evasion": its id is that of "Stealth" now. Older rules still name it.
  'defense-evasion': 'TA0005',
  stealth: 'TA0005',
  'defense-impairment': 'TA0112',
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

/** Reads the ATT&CK tags among a rule's tags; others are left out. Each list of tags is read once: a rule has the same one for all of its alerts. */
export function attackTags(tags: readonly string[]): AttackTags {
  return once(tags, tagsOf, readTags);
}

/** What was read of lists of tags. */
const tagsOf = new WeakMap<readonly string[], AttackTags>();
const namesOf = new WeakMap<readonly string[], AttackNames>();

function once<Read>(
  tags: readonly string[],
  known: WeakMap<readonly string[], Read>,
  read: (tags: readonly string[]) => Read,
): Read {
  let found = known.get(tags);
  if (found === undefined) {
    found = read(tags);
    known.set(tags, found);
  }
  return found;
}

function readTags(tags: readonly string[]): AttackTags {
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

/** A technique or sub-technique of a tag. */
export interface Technique {
  /** `T1059` or `T1059.001`. */
  readonly id: string;
  /** As attack.mitre.org writes it, a sub-technique with its technique before it; absent where {@link TECHNIQUES} does not have the id. */
  readonly name?: string;
}

/** What the tags of a rule say of ATT&CK, by name. Each list is without repeats, in the order of the tags. */
export interface AttackNames {
  readonly tactics: readonly Tactic[];
  /** A technique is left out where one of its sub-techniques says more. */
  readonly techniques: readonly Technique[];
}

/** What the ATT&CK tags among a rule's tags name. As with {@link attackTags}, each list of tags is read once. */
export function attackNames(tags: readonly string[]): AttackNames {
  return once(tags, namesOf, readNames);
}

function readNames(tags: readonly string[]): AttackNames {
  const { tactics, techniques, subtechniques } = attackTags(tags);
  const refined = new Set(subtechniques.map((id) => id.slice(0, 5)));
  const ids = [...techniques.filter((id) => !refined.has(id)), ...subtechniques];
  return {
    tactics,
    techniques: ids.map((id) => {
      const name = techniqueName(id);
      return name === undefined ? { id } : { id, name };
    }),
  };
}

/**
 * The name of a technique: `Ingress Tool Transfer`; of a sub-technique `Command and Scripting Interpreter: PowerShell`, as on
 * attack.mitre.org. Undefined for an id that ATT&CK did not have when the data was made.
 *
 * @param id `T1105` or `T1059.001`, in any letter case.
 */
export function techniqueName(id: string): string | undefined {
  const own = ownName(id);
  const parent = id.length > 5 ? ownName(id.slice(0, 5)) : undefined;
  return own === undefined || parent === undefined ? own : `${parent}: ${own}`;
}

/** The same of a sub-technique without the name of its technique: `PowerShell`. */
export function ownName(id: string): string | undefined {
  const [, technique, sub] = /^(T\d{4})(?:\.(\d{3}))?$/.exec(id.toUpperCase()) ?? [];
  const names = technique === undefined ? undefined : TECHNIQUES.get(technique);
  return sub === undefined ? names?.name : names?.subtechniques.get(sub);
}

function titleOf(key: string): string {
  return key
    .split('-')
    .map((word) => (word === 'and' ? word : `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`))
    .join(' ');
}
