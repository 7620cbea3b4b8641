/** Checks Sigma rules against each other: equal ids, equal titles, alerts without a level. */
import { type Diagnostic, diagnostic } from '../diagnostics/diagnostic.ts';
import type { SigmaCorrelation, SigmaHeader, SigmaRule } from './sigma/index.ts';

type RuleDocument = SigmaRule | SigmaCorrelation;

/** @param silent the rules that raise no alert of their own, because a correlation watches them. */
export function besideEachOther(
  documents: readonly RuleDocument[],
  silent: ReadonlySet<RuleDocument>,
): readonly Diagnostic[] {
  return [
    ...equalIds(documents),
    ...equalTitles(documents),
    ...documents.filter((one) => !one.hasLevel && !silent.has(one)).map(withoutLevel),
  ];
}

function equalIds(documents: readonly SigmaHeader[]): readonly Diagnostic[] {
  return repeated(documents, ({ id }) => id).map(([document, first]) =>
    diagnostic(document.file, document.span, {
      code: 'duplicate-id',
      message: `"${document.title}" has the id of "${first.title}" (${placeOf(first)})`,
      hint: 'give it a UUID of its own',
    }),
  );
}

/** Warns of equal titles: alerts and tests identify rules by title. */
function equalTitles(documents: readonly SigmaHeader[]): readonly Diagnostic[] {
  return repeated(documents, ({ title }) => title.trim().toLowerCase() || undefined).map(
    ([document, first]) => {
      const message = `another rule has the title "${document.title}" (${placeOf(first)})`;
      const hint = 'say in the title in what the two differ';
      return diagnostic(document.file, document.span, { code: 'duplicate-title', message, hint }, 'warning');
    },
  );
}

function withoutLevel({ file, span, level }: SigmaHeader): Diagnostic {
  const message = `the rule has no level: its alerts go where those of level "${level}" go`;
  const hint = `write "level: ${level}", or what it is`;
  return diagnostic(file, span, { code: 'no-level', message, hint }, 'warning');
}

/** The documents whose key an earlier document has, each with the first document of that key. */
function repeated(
  documents: readonly SigmaHeader[],
  keyOf: (document: SigmaHeader) => string | undefined,
): readonly (readonly [document: SigmaHeader, first: SigmaHeader])[] {
  const first = new Map<string, SigmaHeader>();
  return documents.flatMap((document) => {
    const key = keyOf(document);
    if (key === undefined) return [];
    const other = first.get(key);
    if (other) return [[document, other] as const];
    first.set(key, document);
    return [];
  });
}

function placeOf({ file, span }: SigmaHeader): string {
  return `${file}:${span.line}`;
}
