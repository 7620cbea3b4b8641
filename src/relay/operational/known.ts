/** The troubles that people were told of and that are not over. */
import type { StateDocuments } from '../../checkpoints/documents.ts';
import type { Metrics, Reading } from '../../shared/metrics.ts';
import { type Book, bookSchema } from './book.ts';
import { KIND_NAMES, type Trouble } from './trouble.ts';

/** The document of the state that has the book. */
export const OPERATIONAL_DOCUMENT = 'operational';

/** What this process saw when it last looked, for the gauge. */
export class KnownTroubles {
  #troubles: readonly Trouble[] | undefined;

  static create(metrics: Pick<Metrics, 'gaugeFrom'>): KnownTroubles {
    const known = new KnownTroubles();
    metrics.gaugeFrom('xdr_relay_operational_troubles', () => known.#readings());
    return known;
  }

  /** @param book undefined: nobody is to be told any more. */
  set(book: Pick<Book, 'troubles'> | undefined): void {
    this.#troubles = book?.troubles;
  }

  #readings(): readonly Reading[] {
    const troubles = this.#troubles;
    if (troubles === undefined) return [];
    return KIND_NAMES.map((type) => ({
      value: troubles.filter(({ kind }) => kind === type).length,
      labels: { type },
    }));
  }
}

/** As the state has them, the oldest first. Throws CheckpointError. */
export async function openTroubles(
  documents: StateDocuments,
  signal?: AbortSignal,
): Promise<readonly Trouble[]> {
  const book = bookSchema.safeParse((await documents.get(OPERATIONAL_DOCUMENT, signal))?.value).data;
  return (book?.troubles ?? [])
    .map(({ id, kind, subjects, since }) => ({ id, kind, subjects, since }))
    .sort((a, b) => a.since - b.since);
}
