/** The views of the page Rules. */
import { z } from 'zod';
import { readableDocuments, unreadableText } from '../../checkpoints/readable-only.ts';
import { loadLastGood } from '../../relay/rule-sets/last-good.ts';
import { liveRulesRecords } from '../../relay/rule-sets/records.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import { messageOf, RelayError } from '../../shared/errors.ts';
import type { FileLine, RuleFiles, RuleLine, RuleList, RulesPage, RuleText } from '../model/rules.ts';
import { type ConsoleContext, view } from '../page.ts';
import { attackColumns } from './attack.ts';
import { readHits } from './hits.ts';
import { byTitle, exceptionLine, listLines, noisiestFirst, ruleLine, worstFirst } from './lines.ts';
import { processRules, refusedRules } from './refused.ts';
import { type KnownSet, type SetFile, setFile, setInForce } from './set.ts';

const NOISIEST = 10;
const MOST_EXCEPTIONS = 100;
const PER_PAGE = 100;
/** What is shown of one file. UTF-16 units. */
const MOST_TEXT = 256 * 1024;

const text = z.string().max(200);
const page = z
  .string()
  .regex(/^[1-9]\d{0,4}$/)
  .default('1')
  .transform(Number);

/** A set, or why there is none to show. */
async function knownSet(
  context: ConsoleContext,
): Promise<{ readonly set?: KnownSet | undefined; readonly trouble?: string | undefined }> {
  try {
    const set = await setInForce(context);
    return { set, trouble: set?.trouble };
  } catch (thrown) {
    context.signal.throwIfAborted();
    return { trouble: `The set in force cannot be read: ${messageOf(thrown)}` };
  }
}

/** What the host finds now, where something was refused: nobody else needs it, and reading it may take many requests. */
async function foundFiles(
  context: ConsoleContext,
): Promise<{ readonly place?: string; readonly files?: readonly RuleFile[]; readonly trouble?: string }> {
  const { host, config, ports, signal } = context;
  if (host.ruleFiles === undefined) return {};
  try {
    return await host.ruleFiles({ config, ports }, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    return { trouble: `The rule files cannot be read here: ${messageOf(thrown)}` };
  }
}

const rulesPage = view({
  path: 'rules',
  query: z.strictObject({}),
  keptMs: 5_000,
  async read(_query, context): Promise<RulesPage> {
    const { ports, services, signal } = context;
    const now = services.clock.now();
    const { readable, unreadable } = readableDocuments(ports.documents);
    const [{ set, trouble }, { hits, processes, trouble: noHits }, records] = await Promise.all([
      knownSet(context),
      readHits(context),
      liveRulesRecords(readable, now, signal),
    ]);
    const found = records.some(({ refused }) => refused) ? await foundFiles(context) : {};
    const isListed = set !== undefined && set.trouble === undefined;
    const lines = isListed ? set.rules.map((fact) => ruleLine(fact, hits)) : [];
    const raising = lines.filter(({ state }) => state === 'raises');
    const hit = raising.filter((line) => (line.hits ?? 0) > 0);
    const exceptions = set?.exceptions ?? [];
    return {
      at: now,
      ...(set && {
        inForce: {
          version: set.version,
          since: set.at,
          files: set.files.length,
          bytes: set.files.reduce((sum, { bytes }) => sum + bytes, 0),
        },
      }),
      troubles: [
        ...[trouble, noHits, found.trouble].flatMap((one) => one ?? []),
        ...[...unreadable].map(unreadableText),
      ],
      processes: records.map((record) => processRules(record, processes)),
      refused: refusedRules(records, found.files ?? []),
      ...(isListed && {
        rules: {
          total: lines.length,
          raising: raising.length,
          hit: hit.length,
          neverHit: raising.filter((line) => line.hits === 0).length,
        },
      }),
      noisiest: [...hit].sort(noisiestFirst).slice(0, NOISIEST),
      attack: isListed ? attackColumns(set.rules, hits) : [],
      exceptions: exceptions.slice(0, MOST_EXCEPTIONS).map((one) => exceptionLine(one, now)),
      moreExceptions: Math.max(0, exceptions.length - MOST_EXCEPTIONS),
      lists: listLines(records, now),
    };
  },
});

const SORTS: Readonly<Record<'hits' | 'level' | 'title', (one: RuleLine, other: RuleLine) => number>> = {
  hits: noisiestFirst,
  level: worstFirst,
  title: byTitle,
};

const ruleList = view({
  path: 'rules/list',
  query: z.strictObject({
    q: text.default(''),
    show: z.enum(['all', 'hit', 'never', 'silent', 'off']).default('all'),
    technique: z
      .string()
      .regex(/^T\d{4}(?:\.\d{3})?$/)
      .optional(),
    sort: z.enum(['hits', 'level', 'title']).default('hits'),
    page,
  }),
  keptMs: 5_000,
  async read({ q, show, technique, sort, page: number }, context): Promise<RuleList> {
    const [{ set, trouble }, { hits, trouble: noHits }] = await Promise.all([
      knownSet(context),
      readHits(context),
    ]);
    const wanted = q.toLowerCase();
    const tag = technique === undefined ? undefined : `attack.${technique.toLowerCase()}`;
    const lines = (set?.rules ?? [])
      .filter(({ tags }) => tag === undefined || tags.some((one) => one.toLowerCase() === tag))
      .map((fact) => ruleLine(fact, hits))
      .filter((line) => isShown(line, show) && isFound(line, wanted))
      .sort(SORTS[sort]);
    const why = trouble ?? noHits;
    return {
      at: context.services.clock.now(),
      rules: paged(lines, number),
      total: lines.length,
      page: number,
      pages: Math.max(1, Math.ceil(lines.length / PER_PAGE)),
      ...(why !== undefined && { trouble: why }),
    };
  },
});

function isShown({ state, hits }: RuleLine, show: 'all' | 'hit' | 'never' | 'silent' | 'off'): boolean {
  if (show === 'hit') return (hits ?? 0) > 0;
  if (show === 'never') return state === 'raises' && hits === 0;
  return show === 'all' || state === show;
}

function isFound({ title, rule, file = '', tables, to }: RuleLine, wanted: string): boolean {
  return [title, rule, file, ...tables, ...to].some((one) => one.toLowerCase().includes(wanted));
}

const ruleFiles = view({
  path: 'rules/files',
  query: z.strictObject({ q: text.default(''), page }),
  keptMs: 5_000,
  async read({ q, page: number }, context): Promise<RuleFiles> {
    const { ports, services, signal } = context;
    const now = services.clock.now();
    const { readable, unreadable } = readableDocuments(ports.documents);
    const [{ set, trouble }, records] = await Promise.all([
      knownSet(context),
      liveRulesRecords(readable, now, signal),
    ]);
    const isRefused = records.some(({ refused }) => refused);
    const found = isRefused || set === undefined ? await foundFiles(context) : {};
    const mistakes = new Map<string, number>();
    for (const { mistakes: each } of refusedRules(records, [])) {
      for (const { file } of each) if (file !== undefined) mistakes.set(file, (mistakes.get(file) ?? 0) + 1);
    }
    const lines = fileLines(set?.files ?? [], found.files?.map(setFile), mistakes);
    const wanted = lines.filter(({ path }) => path.toLowerCase().includes(q.toLowerCase()));
    return {
      at: now,
      files: paged(wanted, number),
      total: wanted.length,
      page: number,
      pages: Math.max(1, Math.ceil(wanted.length / PER_PAGE)),
      ...(found.place !== undefined && { place: found.place }),
      troubles: [
        ...[set === undefined ? trouble : undefined, found.trouble].flatMap((one) => one ?? []),
        ...[...unreadable].map(unreadableText),
      ],
    };
  },
});

/** Those with mistakes first, then those that differ, then by path. */
function fileLines(
  inForce: readonly SetFile[],
  found: readonly SetFile[] | undefined,
  mistakes: ReadonlyMap<string, number>,
): readonly FileLine[] {
  const now = found && new Map(found.map((one) => [one.path, one]));
  const known = new Set(inForce.map(({ path }) => path));
  const lines = inForce.map(({ path, bytes, digest }): FileLine => {
    const other = now?.get(path);
    const same = other?.digest === digest ? 'same' : 'changed';
    const state = now === undefined ? 'unknown' : other === undefined ? 'gone' : same;
    return { path, bytes, found: state, mistakes: mistakes.get(path) ?? 0 };
  });
  for (const { path, bytes } of found ?? []) {
    if (!known.has(path)) lines.push({ path, bytes, found: 'new', mistakes: mistakes.get(path) ?? 0 });
  }
  const rank = ({ mistakes: count, found: state }: FileLine) =>
    count > 0 ? 0 : state === 'same' || state === 'unknown' ? 2 : 1;
  return lines.sort((a, b) => rank(a) - rank(b) || (a.path < b.path ? -1 : 1));
}

const ruleText = view({
  path: 'rules/file',
  query: z.strictObject({
    path: z.string().min(1).max(1_024),
    of: z.enum(['force', 'found']).default('force'),
  }),
  keptMs: 5_000,
  async read({ path, of }, context): Promise<RuleText> {
    const { ports, signal } = context;
    const files =
      of === 'force'
        ? (await loadLastGood(ports.documents, signal))?.files
        : (await foundFiles(context)).files;
    // A file is only looked for among those of the set: no path of a request reaches a disk.
    const file = files?.find((one) => one.path === path);
    if (file === undefined)
      throw new RelayError('rule_file_unknown', `There is no rule file "${path.slice(0, 200)}"`);
    if (file.database) throw new RelayError('rule_file_unknown', 'The file is a database, which has no text');
    return {
      path,
      of,
      text: file.text.slice(0, MOST_TEXT).toWellFormed(),
      bytes: file.text.length,
      isCut: file.text.length > MOST_TEXT,
    };
  },
});

function paged<T>(all: readonly T[], number: number): readonly T[] {
  return all.slice((number - 1) * PER_PAGE, number * PER_PAGE);
}

export const rulesViews = [rulesPage, ruleList, ruleFiles, ruleText];
