/** Answers of views that serve all who ask the same within a moment, in bounded memory. */
import { Kept, type KeptOptions } from '../../src/shared/kept.ts';

/** Longer answers are made for each request. Characters. */
const MAX_KEPT = 1024 * 1024;

export interface KeptViewsOptions extends Omit<KeptOptions, 'freshMs'> {
  /** Answers that are kept at once, each of 1 MiB at most. */
  readonly most: number;
}

export class KeptViews {
  readonly #options: KeptViewsOptions;
  #answers = new Map<string, Kept<string>>();

  constructor(options: KeptViewsOptions) {
    this.#options = options;
  }

  /**
   * The answer to this question, at most `freshMs` old. One request makes it; undefined on Workers, while another request does and none is
   * known. Rejects as `make` does.
   */
  async get(question: string, freshMs: number, make: () => Promise<string>): Promise<string | undefined> {
    const kept = this.#answers.get(question) ?? new Kept<string>({ ...this.#options, freshMs });
    // The one that was asked for longest ago is the first to go.
    this.#answers.delete(question);
    this.#answers.set(question, kept);
    const [oldest = question] = this.#answers.keys();
    if (this.#answers.size > this.#options.most) this.#answers.delete(oldest);
    const answer = await kept.get(make);
    if (answer !== undefined && answer.length > MAX_KEPT) this.#answers.delete(question);
    return answer;
  }

  /** Forgets all: what an act has changed is to be seen at once. */
  clear(): void {
    this.#answers = new Map();
  }
}
