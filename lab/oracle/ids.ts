/** Stores event ids compactly, with 128 bits each. */
import { createHash } from 'node:crypto';
import { type Growable, growable } from './growable.ts';

export interface Ids {
  readonly length: number;
  push(id: string): void;
  /** Whether the id at an index is `id`. */
  is(index: number, id: string): boolean;
}

const WORDS = [0, 8, 16, 24] as const;

export function createIds(): Ids {
  const words: readonly Growable[] = WORDS.map(() => growable(Uint32Array));
  return {
    get length() {
      return words[0]?.length ?? 0;
    },
    push(id) {
      const hex = hexOf(id);
      for (const [n, from] of WORDS.entries()) words[n]?.push(wordAt(hex, from));
    },
    is(index, id) {
      const hex = hexOf(id);
      return WORDS.every((from, n) => words[n]?.get(index) === wordAt(hex, from));
    },
  };
}

/** The 32 hexadecimal digits of an event id; for any other string, those of its hash. */
function hexOf(id: string): string {
  return /^[0-9a-f]{32}$/.test(id) ? id : createHash('sha256').update(id).digest('hex');
}

function wordAt(hex: string, from: number): number {
  return Number.parseInt(hex.slice(from, from + 8), 16);
}
