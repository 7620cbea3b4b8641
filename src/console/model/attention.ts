/** What needs a person, as the view `attention` answers it: the line on top of every page. */

export interface AttentionItem {
  /** `bad`: events wait, are lost or are about to be. `warn`: it will become so, or something cannot be told. */
  readonly tone: 'bad' | 'warn';
  /** One sentence. May hold text of a reply or of a rule. */
  readonly text: string;
  /** The page that tells more: `destinations`. */
  readonly page: string;
}

export interface AttentionView {
  /** When the state was read, ms since the epoch. */
  readonly at: number;
  /** The worst first, at most 20. */
  readonly items: readonly AttentionItem[];
}
