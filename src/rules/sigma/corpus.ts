import type { Likelihood, Need } from './needs.ts';

/** Literals are looked for by this many units of theirs at most: a small automaton stays in the processor's cache. */
const PART_LENGTH = 8;
const GRAM = 3;

/** What nearly every row of an endpoint holds somewhere: literals made of it say little. */
const COMMONPLACE = [
  'c:\\windows\\system32\\svchost.exe -k netsvcs -p -s ',
  'c:\\windows\\syswow64\\',
  'c:\\program files (x86)\\microsoft\\edge\\application\\msedge.exe" --type=',
  'c:\\program files\\common files\\google\\chrome\\',
  'c:\\users\\public\\appdata\\local\\temp\\',
  'c:\\programdata\\microsoft\\windows defender\\',
  'hkey_local_machine\\software\\microsoft\\windows\\currentversion\\',
  'hkey_local_machine\\system\\controlset001\\services\\',
  'hkey_current_user\\s-1-5-21-',
  '\\cmd.exe /c powershell.exe -noprofile -executionpolicy bypass -command "',
  '\\explorer.exe \\services.exe \\conhost.exe 0xffffffff -forcev1 \\rundll32.exe .dll,',
  'https://www. .com/ http:// microsoft corporation windows nt authority\\system 10.0.19041.1',
].join('\n');

/** What is known of how common literals and their parts are. */
export interface Corpus {
  readonly likelihood: Likelihood;
  /** The part of a literal that tells it best from others; whole when it is short. */
  rarestPart(literal: string): string;
}

/** Learns from the rules' own literals: what many rules look for, many rows hold. */
export function learnCorpus(each: (visit: (need: Need) => void) => void): Corpus {
  const literals = new Map<string, number>();
  const grams = new Map<string, number>();
  countGrams(COMMONPLACE, grams, 20);
  each(({ literal }) => {
    const count = literals.get(literal) ?? 0;
    literals.set(literal, count + 1);
    if (count === 0) countGrams(literal, grams, 1);
  });
  return {
    likelihood({ literal, whole }) {
      const often = Math.min(0.5, (literals.get(literal) ?? 0) * 0.001);
      if (whole) return literal.length === 0 ? 0.5 : 0.001 + often;
      const commonplace = COMMONPLACE.includes(literal) ? 0.3 : 0;
      return Math.min(1, often + commonplace + 0.001 + 2 ** (1 - literal.length));
    },
    rarestPart(literal) {
      if (literal.length <= PART_LENGTH) return literal;
      let best = 0;
      let bestScore = Number.POSITIVE_INFINITY;
      for (let at = 0; at + PART_LENGTH <= literal.length; at++) {
        let score = 0;
        for (let gram = at; gram + GRAM <= at + PART_LENGTH; gram++) {
          score += Math.log2(1 + (grams.get(literal.slice(gram, gram + GRAM)) ?? 0));
        }
        if (score < bestScore) {
          bestScore = score;
          best = at;
        }
      }
      return literal.slice(best, best + PART_LENGTH);
    },
  };
}

function countGrams(text: string, into: Map<string, number>, by: number): void {
  for (let at = 0; at + GRAM <= text.length; at++) {
    const gram = text.slice(at, at + GRAM);
    into.set(gram, (into.get(gram) ?? 0) + by);
  }
}
