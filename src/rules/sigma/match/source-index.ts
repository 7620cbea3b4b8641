/** Finds which of the literals that detections need in one field a row's strings contain. */
import type { FieldSource } from '../language/expression.ts';
import { fold } from '../language/fold.ts';
import type { RecordView } from '../types.ts';
import { GramIndex, type Pattern } from './gram-index.ts';
import { SCAN_COST } from './long-texts.ts';

const NONE: readonly number[] = [];
/** Literals for whole strings that are shorter than this are looked up in a map instead of the index. */
const SHORT = 4;
/** How many strings of a column are cached and, below, up to which length in UTF-16 units. */
const REMEMBERED_TEXTS = 4096;
const REMEMBERED_LENGTH = 64;

/** The literals that are searched in one source, each with the numbers of the detections that need it. */
export interface SourceNeeds {
  readonly source: FieldSource;
  readonly patterns: Map<string, { readonly pattern: Pattern; readonly codes: number[] }>;
}

/** Proposes detections by the strings of one source. */
export class SourceIndex {
  readonly #source: FieldSource;
  readonly #codes: readonly (readonly number[])[];
  readonly #index: GramIndex;
  /** The literals for whole strings that are too short for the index. */
  readonly #short: ReadonlyMap<string, readonly number[]>;
  readonly #propose: (codes: readonly number[]) => void;
  readonly #remembered = new Map<string, readonly number[]>();
  readonly #literalsWithin: () => ReadonlySet<string>;
  readonly #patterns: readonly Pattern[];
  #long: LongIndex | undefined;

  /**
   * @param literalsWithin returns all literals, case-folded, that detections search anywhere in the source. Called once, for the first long
   * string.
   */
  constructor(
    { source, patterns }: SourceNeeds,
    literalsWithin: () => ReadonlySet<string>,
    propose: (codes: readonly number[]) => void,
  ) {
    const [short, long] = partition(
      [...patterns.values()],
      ({ pattern }) => pattern.mode === 'equals' && pattern.literal.length < SHORT,
    );
    this.#source = source;
    this.#codes = long.map(({ codes }) => codes);
    this.#propose = propose;
    this.#short = new Map(short.map(({ pattern, codes }) => [pattern.literal, codes]));
    this.#literalsWithin = literalsWithin;
    this.#patterns = long.map(({ pattern }) => pattern);
    this.#index = new GramIndex(this.#patterns);
  }

  propose(record: RecordView): void {
    const texts = record.texts(this.#source);
    const text = texts[0];
    if (texts.length <= 1 && (text === undefined || text.length <= REMEMBERED_LENGTH)) {
      if (record.isIncomplete(this.#source)) this.#proposeLong(record);
      else if (text !== undefined) this.#propose(this.#remembered.get(text) ?? this.#remember(text));
      return;
    }
    if (record.isLong(this.#source)) {
      this.#proposeLong(record);
      return;
    }
    for (let at = 0; at < texts.length; at++) {
      const one = texts[at] as string;
      if (one.length > REMEMBERED_LENGTH) this.#find(one, this.#propose);
      else this.#propose(this.#remembered.get(one) ?? this.#remember(one));
    }
  }

  /** Makes one pass over long strings, which proposes detections and records which literals the tests need not search. */
  #proposeLong(record: RecordView): void {
    const whole = record.work.take('long', SCAN_COST * record.size(this.#source));
    if (!whole || record.isIncomplete(this.#source)) record.work.cut();
    this.#long ??= longIndex(this.#patterns, this.#literalsWithin());
    const { index, literals, known } = this.#long;
    const found = new Set<string>();
    for (const text of (whole ? record : record.part).texts(this.#source)) {
      if (text.length < SHORT) this.#find(text, this.#propose);
      index.scan(text, (pattern) => {
        const codes = this.#codes[pattern];
        if (codes) this.#propose(codes);
        found.add(literals[pattern] ?? '');
      });
    }
    if (whole) record.screens.set(this.#source, { known, found });
  }

  /** Caches what a short string proposes, because paths, names and versions recur. */
  #remember(text: string): readonly number[] {
    const codes: number[] = [];
    this.#find(text, (found) => codes.push(...found));
    if (this.#remembered.size >= REMEMBERED_TEXTS) this.#remembered.clear();
    const proposed = codes.length === 0 ? NONE : codes;
    this.#remembered.set(text, proposed);
    return proposed;
  }

  #find(text: string, propose: (codes: readonly number[]) => void): void {
    if (text.length < SHORT) {
      const codes = this.#short.get(fold(text));
      if (codes) propose(codes);
    }
    this.#index.scan(text, (pattern) => propose(this.#codes[pattern] ?? NONE));
  }
}

/** The index for long strings: the patterns of the index, followed by the other literals that detections search. */
interface LongIndex {
  readonly index: GramIndex;
  /** The literals of the patterns that may be anywhere in a string. */
  readonly literals: readonly string[];
  readonly known: ReadonlySet<string>;
}

function longIndex(patterns: readonly Pattern[], within: ReadonlySet<string>): LongIndex {
  const anywhere = patterns.map(({ literal, mode }) => (mode === 'contains' ? literal : ''));
  const indexed = new Set(anywhere);
  const others = [...within].filter((literal) => !indexed.has(literal));
  const index = new GramIndex([
    ...patterns,
    ...others.map((literal) => ({ literal, mode: 'contains' as const })),
  ]);
  return { index, literals: [...anywhere, ...others], known: within };
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): readonly [T[], T[]] {
  const yes: T[] = [];
  const no: T[] = [];
  for (const item of items) (test(item) ? yes : no).push(item);
  return [yes, no];
}
