/** Makes the rules of a file out of what was kept of it. */
import type { RuleFile } from '../../rule-file.ts';
import { type ParsedSigmaFile, parseSigmaFile } from '../language/parse.ts';
import type { KeptConditions, SigmaRule, WrittenDetection } from '../types.ts';
import type { KeptEntry } from './entry.ts';
import type { KeptExpression, KeptHead, KeptTable } from './form.ts';
import { readExpression, readSources, UnreadableError } from './read.ts';

/** The rules of a file whose text is the one that was compiled; undefined if what was kept cannot be read. */
export function readKeptFile(file: RuleFile, { head, bodies }: KeptEntry): ParsedSigmaFile | undefined {
  const kept = parsed<KeptHead>(head);
  return kept && attempt(() => rulesOf(file, kept, bodies));
}

function rulesOf(file: RuleFile, kept: KeptHead, bodies: readonly string[]): ParsedSigmaFile {
  let read: ParsedSigmaFile | undefined;
  const written = (at: number): WrittenDetection => {
    read ??= parseSigmaFile(file);
    const document = read.documents[at];
    if (document?.kind !== 'rule') throw new UnreadableError(`${file.path} has no such rule`);
    return document.written();
  };
  let next = 0;
  const documents = kept.rules.map(({ rule, tables }, at): SigmaRule => {
    if (rule.kind !== 'rule' || rule.file !== file.path) throw new UnreadableError('it is of another file');
    const first = next;
    next += tables.length;
    return {
      ...rule,
      written: () => written(at),
      kept: conditionsOf(tables, bodies.slice(first, next)),
    };
  });
  return { documents, diagnostics: kept.diagnostics };
}

function conditionsOf(tables: readonly KeptTable[], bodies: readonly string[]): KeptConditions {
  return {
    on(at, { table, sources }, compile) {
      const [kept, body] = [tables[at], bodies[at]];
      if (kept?.table !== table.table || body === undefined) return compile();
      const read = attempt(() => readSources(kept.sources, table, sources));
      if (!read) return compile();
      const { found, losses, runs } = kept;
      return {
        found,
        losses,
        runs,
        isOwn: true,
        table,
        expression() {
          const form = parsed<KeptExpression | 0>(body);
          if (form === 0) return undefined;
          return (form && attempt(() => readExpression(form, read))) ?? compile().expression();
        },
      };
    },
  };
}

function parsed<T>(json: string): T | undefined {
  return attempt(() => JSON.parse(json) as T);
}

/** Whatever is wrong with what was kept: the file itself says it better. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
