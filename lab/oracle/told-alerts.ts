/** The account of one destination for people: the alerts that its rules raised, and the groups of them that messages told of. */
import type { Place } from './place.ts';

/** A group of alerts, and how many alerts it has had so far. */
export interface GroupCount {
  readonly id: string;
  readonly count: number;
}

/** What a message shows to its judge. */
export interface ToldMessage {
  /** The groups that it stands for; empty if it names none, which only a message about the relay itself may do. */
  readonly groups: readonly GroupCount[];
  /** All of its texts, in which the title of each rule is looked for. */
  readonly text: string;
  /** Whether it is about a trouble of the relay itself. */
  readonly operational?: boolean;
}

export interface ToldCounts {
  /** Distinct alerts. Several rules that match one event, and several copies of one row, are one. */
  readonly expected: number;
  /** Alerts that messages counted. */
  readonly arrived: number;
  /** Alerts of groups in the state that no message has counted yet. */
  readonly waiting: number;
  /** Alerts of groups that were refused for good and that no message has counted. */
  readonly deadLetters: number;
  readonly missing: number;
  /** Counted alerts beyond those that rows explain, and messages that name no group. */
  readonly unexpected: number;
  /** Messages that told nothing new of their groups. */
  readonly repeats: number;
}

interface Group {
  said: number;
  stored: number;
  dead: number;
}

/**
 * A group's count only grows, so the highest count that was seen anywhere is how many alerts the group has. All alerts are accounted for if
 * these counts add up to the number of alerts that rules raised: one that was dropped makes the sum too small, one that was counted
 * in two groups, or twice in one, makes it too large.
 */
export class ToldAlerts {
  /** By alert, the place of its first row. */
  readonly #expected = new Map<string, Place>();
  /** The titles that no message has named yet. */
  readonly #untold = new Set<string>();
  readonly #groups = new Map<string, Group>();
  readonly #texts = new Set<string>();
  readonly #strangers: string[] = [];
  #repeats = 0;
  #excused = 0;

  /** @param key names the alert: by default the event's id. */
  expect(key: string, rule: string | undefined, place: Place): void {
    if (!this.#expected.has(key)) this.#expected.set(key, place);
    if (rule === undefined || this.#untold.has(rule) || this.#isTold(rule)) return;
    this.#untold.add(rule);
  }

  /** One more alert that may be told of and need not: nobody knows whether the relay has seen its row. */
  excuse(): void {
    this.#excused++;
  }

  said({ groups, text, operational = false }: ToldMessage): void {
    if (operational) return;
    if (groups.length === 0) this.#strangers.push(text.slice(0, 120));
    this.#texts.add(text);
    for (const title of this.#untold) if (text.includes(title)) this.#untold.delete(title);
    const news = groups.filter(({ id, count }) => count > (this.#groups.get(id)?.said ?? 0));
    if (groups.length > 0 && news.length === 0) this.#repeats++;
    for (const { id, count } of groups) this.#raise(id, 'said', count);
  }

  /** Enters a group of the relay's state. */
  stored({ id, count }: GroupCount): void {
    this.#raise(id, 'stored', count);
  }

  /** Enters a group that was refused for good. */
  deadLettered({ id, count }: GroupCount): void {
    this.#raise(id, 'dead', count);
  }

  get counts(): ToldCounts {
    const sums = { arrived: 0, waiting: 0, deadLetters: 0 };
    for (const group of this.#groups.values()) {
      sums.arrived += group.said;
      sums.deadLetters += Math.max(0, group.dead - group.said);
      sums.waiting += waitingIn(group);
    }
    const more = sums.arrived + sums.deadLetters + sums.waiting - this.#expected.size - this.#excused;
    return {
      expected: this.#expected.size,
      ...sums,
      missing: Math.max(0, this.#expected.size - sums.arrived - sums.deadLetters),
      unexpected: Math.max(0, more) + this.#strangers.length,
      repeats: this.#repeats,
    };
  }

  /** What is wrong, each with an example, for people. */
  *complaints(): Generator<{ readonly what: string; readonly example: string; readonly more?: number }> {
    const { missing, waiting, unexpected, expected } = this.counts;
    const lost = missing - waiting;
    if (lost > 0) {
      const [place = ''] = this.#expected.values();
      yield { what: 'LOST', example: `of ${expected} alerts, one at ${place}`, more: lost - 1 };
    }
    for (const [id, group] of this.#groups) {
      const more = waitingIn(group) - 1;
      if (more >= 0) yield { what: 'alerts of which nobody was told', example: `group ${id}`, more };
    }
    for (const text of this.#strangers) yield { what: 'a message that names no alert', example: text };
    const counted = unexpected - this.#strangers.length;
    if (counted > 0) {
      const example = `${expected + counted} for ${expected}`;
      yield { what: 'alerts that were counted and that no row explains', example, more: counted - 1 };
    }
    for (const title of this.#untold) yield { what: 'a rule that no message names', example: title };
  }

  #isTold(title: string): boolean {
    for (const text of this.#texts) if (text.includes(title)) return true;
    return false;
  }

  #raise(id: string, member: keyof Group, count: number): void {
    const group = this.#groups.get(id) ?? { said: 0, stored: 0, dead: 0 };
    this.#groups.set(id, group);
    group[member] = Math.max(group[member], count);
  }
}

/** How many alerts of a group are in the state only. */
function waitingIn({ said, stored, dead }: Group): number {
  return Math.max(0, stored - Math.max(said, dead));
}
