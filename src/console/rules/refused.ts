/** The sets that processes refuse, with the lines of the files that the mistakes stand in. */
import type { ProcessActivity } from '../../relay/activity/activity.ts';
import { type RulesRecord, rulesHostText } from '../../relay/rule-sets/records.ts';
import { isSameRefusal } from '../../relay/rule-sets/refusals.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { Excerpt, Mistake, ProcessRules, RefusedRules } from '../model/rules.ts';

/** Characters of a line on each side of what is wrong. */
const AROUND = 200;
const MOST_WRONG = 200;

/** @param processes what is known of the relay's processes: records of rules are renewed so seldom that those of killed processes look alive. */
export function processRules(record: RulesRecord, processes: readonly ProcessActivity[]): ProcessRules {
  const { name, version, since, seen, kept, refused } = record;
  // A thread's record has the name of its process and a number. Two processes may have had one name, one after the other.
  const own = processes.filter(({ host }) => name === host || name?.startsWith(`${host}:`) === true);
  const last = Math.max(...own.map(({ writtenOn }) => writtenOn));
  return {
    process: rulesHostText(record),
    ...(version !== undefined && { version }),
    ...(since !== undefined && { since }),
    seen: Math.max(seen, last),
    isStale: own.length > 0 && own.every(({ state }) => state === 'stale'),
    ...(kept !== undefined && { kept }),
    refuses: refused !== undefined,
    withoutRules: refused?.withoutRules === true,
  };
}

/** Each set of mistakes once, with the processes that found it. @param files what the host finds now, as far as it can be read. */
export function refusedRules(
  records: readonly RulesRecord[],
  files: readonly RuleFile[],
): readonly RefusedRules[] {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const found: { refusal: NonNullable<RulesRecord['refused']>; by: string[]; since: number }[] = [];
  for (const record of records) {
    const { refused } = record;
    if (refused === undefined) continue;
    const same = found.find(({ refusal }) => isSameRefusal(refusal, refused));
    if (same === undefined) found.push({ refusal: refused, by: [rulesHostText(record)], since: refused.at });
    else {
      same.by.push(rulesHostText(record));
      same.since = Math.min(same.since, refused.at);
    }
  }
  return found.map(({ refusal: { total, errors, lastGood }, by, since }) => ({
    since,
    by,
    total,
    mistakes: errors.map((one) => mistakeOf(one, texts)),
    ...(lastGood !== undefined && { lastGood }),
  }));
}

type RefusalError = NonNullable<RulesRecord['refused']>['errors'][number];

function mistakeOf(error: RefusalError, texts: ReadonlyMap<string, string>): Mistake {
  const { code, message, hint, file, line, column, length } = error;
  const text = file === undefined ? undefined : texts.get(file);
  const excerpt = text === undefined ? undefined : excerptOf(text, { line, column, length });
  return {
    code,
    message,
    ...(hint !== undefined && { hint }),
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
    ...(excerpt && { excerpt }),
  };
}

/** The line of a mistake in three parts; undefined where the text has no such line. Lines and columns count from 1. */
export function excerptOf(
  text: string,
  place: {
    readonly line?: number | undefined;
    readonly column?: number | undefined;
    readonly length?: number | undefined;
  },
): Excerpt | undefined {
  const { line, column = 1, length = 0 } = place;
  const whole = line === undefined ? undefined : text.split(/\r\n?|\n/, line)[line - 1];
  if (whole === undefined) return undefined;
  const from = Math.min(Math.max(0, column - 1), whole.length);
  const to = Math.min(from + Math.min(length, MOST_WRONG), whole.length);
  return {
    before: whole.slice(Math.max(0, from - AROUND), from).toWellFormed(),
    wrong: whole.slice(from, to).toWellFormed(),
    after: whole.slice(to, to + AROUND).toWellFormed(),
  };
}
