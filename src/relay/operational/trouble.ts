/** The types of the relay's own troubles. */

export const KIND_NAMES = ['destination', 'disabled', 'rules', 'dead_letters', 'silent_table'] as const;
export type Kind = (typeof KIND_NAMES)[number];

/** What a look has found of one subject: a destination, a table, the rules. */
export interface Sight {
  /** When it began, ms since the epoch. */
  readonly since: number;
  /** What is the matter, in one line. It may come from a reply or from a file. */
  readonly detail: string;
  /** Of a destination: rows for machines wait in their blobs, alerts for people are folded and wait in the state container. */
  readonly waitsIn?: 'blobs' | 'state' | undefined;
}

/** A trouble that people were told of, and not of its end. */
export interface Trouble {
  /** 32 hex digits. */
  readonly id: string;
  readonly kind: Kind;
  readonly subjects: readonly string[];
  /** ms since the epoch. */
  readonly since: number;
}
