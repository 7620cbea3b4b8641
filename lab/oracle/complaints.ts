/** Collects an oracle's complaints, and merges complaints of one kind into one sentence with examples. */

const EXAMPLES = 5;

interface Kind {
  count: number;
  readonly examples: string[];
}

export class Complaints {
  readonly #kinds = new Map<string, Kind>();

  /** @param more the number of cases in addition to the example. */
  add(what: string, example: string, more = 0): void {
    const known = this.#kinds.get(what);
    const kind = known ?? { count: 0, examples: [] };
    if (!known) this.#kinds.set(what, kind);
    kind.count += 1 + more;
    if (kind.examples.length < EXAMPLES) kind.examples.push(example);
  }

  get sentences(): readonly string[] {
    return [...this.#kinds].map(([what, { count, examples }]) => {
      const shown = examples.join('; ');
      return `${what} (${count}): ${shown}${count > examples.length ? '; ...' : ''}`;
    });
  }
}
