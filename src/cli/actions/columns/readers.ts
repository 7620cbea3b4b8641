/** Says in words what reads a column. */
import type { ReaderKind, Readers } from '../../../rules/columns/use.ts';
import { plural } from '../../../shared/readable.ts';

const WORDS: Readonly<Record<ReaderKind, readonly [one: string, many?: string]>> = {
  filter: ['filter'],
  rule: ['rule'],
  exception: ['exception'],
  correlation: ['correlation'],
  route: ['route'],
  step: ['step'],
  sample: ['sample'],
  metadata: ['template'],
  title: ['title'],
  grouping: ['grouping'],
  shape: ['shape'],
  destination: ['destination'],
  alerts: ['alerts', 'alerts'],
  identity: ['identity', 'identity'],
  relay: ['relay', 'relay'],
};

/** Kinds of which there is one. */
const PLAIN: ReadonlySet<ReaderKind> = new Set(['alerts', 'identity', 'relay']);

/** `124 rules, 1 step (parse_json), alerts`; names where there are few. Empty where nothing reads it. */
export function inWords(readers: readonly Readers[]): string {
  return readers
    .map(({ kind, count, examples }) => {
      const [one, many] = WORDS[kind];
      if (PLAIN.has(kind)) return one;
      const names = count === examples.length && count <= 2 ? ` (${examples.join('; ')})` : '';
      return `${plural(count, one, many)}${names}`;
    })
    .join(', ');
}

/** The same with names, as many as are known. */
export function withNames(readers: readonly Readers[]): string {
  return readers
    .map(({ kind, count, examples }) => {
      const [one, many] = WORDS[kind];
      const more = count > examples.length ? `; ${plural(count - examples.length, 'other')}` : '';
      return `${count === 1 ? one : (many ?? `${one}s`)} ${examples.join('; ')}${more}`.trim();
    })
    .join(', ');
}
