/** What needs a person: the alarms of `status`, what is unknown, and processes that no longer write. */
import { z } from 'zod';
import { redact } from '../../config/redact.ts';
import type { Activity } from '../../relay/activity/activity.ts';
import { silentProcesses, silentSentence } from '../../relay/activity/silent.ts';
import type { Alarm } from '../../relay/status/alarms.ts';
import type { LagLine, StatusReport } from '../../relay/status/report.ts';
import { formatAge } from '../../shared/readable.ts';
import { activityOf } from '../activity.ts';
import { attempts, lacking } from '../attempts.ts';
import type { AttentionItem, AttentionView } from '../model/attention.ts';
import { type View, view } from '../page.ts';
import { readStatus, type Status } from './status.ts';

/** Each look lists the recent hours of every container. Milliseconds. */
const KEPT_MS = 30_000;
/** A look that is older is said to be. Milliseconds. */
const OLD_MS = 2 * 60_000;
const MOST_ITEMS = 20;
const LONGEST_TEXT = 2_000;

/** What does not keep events from being delivered. */
const WARNINGS: readonly Alarm['about'][] = ['rules', 'setup'];

export const attention: View = view({
  path: 'attention',
  query: z.strictObject({}),
  keptMs: KEPT_MS,
  async read(_query, context): Promise<AttentionView> {
    const { services, host } = context;
    const { trouble, attempt } = attempts(context);
    const [status, activity] = await Promise.all([
      attempt('What waits is unknown', () => readStatus(context)),
      attempt('Which processes are alive is unknown', () => activityOf(context)),
    ]);
    const at = services.clock.now();
    const unknown = [...(status?.report.trouble ?? []), ...trouble];
    const items: AttentionItem[] = [
      ...(status ? aboutState(status, at) : []),
      ...(activity ? aboutProcesses(activity) : []),
      ...unknown.map((text) => ({ tone: 'warn' as const, text, page: 'now' as const })),
    ]
      .map((item) => ({ ...item, text: sentence(redact(item.text, host.secrets)) }))
      .toSorted((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad'));
    const shown = items.slice(0, MOST_ITEMS);
    const counts = status ? whatWaits(status.report) : { unknown: ['lag'] };
    const silent = activity && silentProcesses(activity);
    const state = { at: status?.report.at ?? at, ...(silent && { silent }), ...counts };
    return { ...state, items: shown, total: items.length };
  },
});

function aboutState({ report, alarms }: Status, now: number): readonly AttentionItem[] {
  const items = alarms.map(({ about, text }) => ({ tone: toneOf(about), text, page: about }));
  const age = now - report.at;
  if (age < OLD_MS) return items;
  const text = `what waits was last read ${formatAge(age)} ago: the storage account takes long to list`;
  return [...items, { tone: 'warn', text, page: 'now' }];
}

function toneOf(about: Alarm['about']): AttentionItem['tone'] {
  return WARNINGS.includes(about) ? 'warn' : 'bad';
}

function aboutProcesses(activity: Activity): readonly AttentionItem[] {
  const warn = (text: string): AttentionItem => ({ tone: 'warn', text, page: 'now' });
  const silent = silentProcesses(activity);
  const items = lacking(activity).map(warn);
  if (!silent) return items;
  const sentence = silentSentence(silent, activity.at);
  if (silent.isReplaced !== false) return [warn(sentence), ...items];
  return [{ tone: 'bad', text: `no consumer of the relay is alive: ${sentence}`, page: 'now' }, ...items];
}

/** What the state says about what waits; absent where it does not. */
function whatWaits(
  report: StatusReport,
): Pick<AttentionView, 'unknown' | 'queue' | 'deadLetters' | 'isolating' | 'waiting'> {
  const { unknown, queue, deadLetters, isolating, lag } = report;
  const counted = ({ total, more }: StatusReport['deadLetters']) => ({ total, more });
  return {
    unknown,
    ...(queue && { queue }),
    ...(!unknown.includes('deadLetters') && { deadLetters: counted(deadLetters) }),
    ...(!unknown.includes('isolating') && { isolating: counted(isolating) }),
    ...(!unknown.includes('lag') && { waiting: byDestination(lag) }),
  };
}

function byDestination(lag: readonly LagLine[]): NonNullable<AttentionView['waiting']> {
  const found = new Map<string, { readonly bytes: number; readonly ageMs: number }>();
  for (const { destination, bytes, ageMs } of lag) {
    const known = found.get(destination);
    found.set(destination, {
      bytes: bytes + (known?.bytes ?? 0),
      ageMs: Math.max(ageMs, known?.ageMs ?? 0),
    });
  }
  return [...found]
    .map(([destination, waits]) => ({ destination, ...waits }))
    .toSorted((a, b) => b.bytes - a.bytes);
}

/** With a capital letter, a full stop, and not without end. */
function sentence(text: string): string {
  const cut = text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
  const ended = /[.?!…]$/.test(cut) ? cut : `${cut}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
}
