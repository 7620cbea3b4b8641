/** Reads what a message to people stands for: a Slack message, a card of Teams, an event of PagerDuty. */
import { eventIdIn } from './arrivals.ts';
import { isObject } from './json.ts';

export interface MessageContent {
  /** The groups of alerts that it names, each with the number of its alerts so far. */
  readonly groups: readonly { readonly id: string; readonly count: number }[];
  /** Its texts, without what products escape in them. */
  readonly text: string;
  /** Whether it is about a trouble of the relay itself. */
  readonly operational: boolean;
}

const GROUP = /^([0-9a-f]{32})=([1-9]\d{0,8})$/;

/**
 * Reads a message. Slack's blocks name groups in their `block_id`, elements of Teams' cards in their `id`, as
 * `g:<group>=<count>,<group>=<count>`; a message about the relay itself has `o:<id>` there. PagerDuty's events have a `dedup_key`.
 */
export function messageContent(message: unknown): MessageContent {
  const texts: string[] = [];
  const marks: string[] = [];
  for (const [key, value] of strings(message))
    (key === 'block_id' || key === 'id' ? marks : texts).push(value);
  const text = texts.join('\n').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const groups = new Map<string, number>();
  for (const { id, count } of [...groupsOf(marks), ...incidentOf(message)]) {
    groups.set(id, Math.max(groups.get(id) ?? 0, count));
  }
  // A message that names no group is about one event.
  const event = eventIdIn(text);
  if (groups.size === 0 && event !== '') groups.set(event, 1);
  return {
    groups: [...groups].map(([id, count]) => ({ id, count })),
    text,
    operational: marks.some((mark) => mark.startsWith('o:')),
  };
}

/** All strings of a value, each with the name of the member that it is in. */
function* strings(value: unknown, key = ''): Generator<readonly [string, string]> {
  if (typeof value === 'string') yield [key, value];
  else if (Array.isArray(value)) for (const each of value) yield* strings(each, key);
  else if (isObject(value)) for (const [name, each] of Object.entries(value)) yield* strings(each, name);
}

function* groupsOf(marks: readonly string[]): Generator<MessageContent['groups'][number]> {
  for (const mark of marks) {
    if (!mark.startsWith('g:')) continue;
    for (const part of mark.slice(2).split(',')) {
      const [, id, count] = GROUP.exec(part) ?? [];
      if (id !== undefined) yield { id, count: Number(count) };
    }
  }
}

/** The group of a PagerDuty event. Its count is in `payload.custom_details`, which an event that resolves an incident does not have. */
function* incidentOf(message: unknown): Generator<MessageContent['groups'][number]> {
  if (!isObject(message)) return;
  const { dedup_key: id, payload } = message;
  const { custom_details: details } = isObject(payload) ? payload : {};
  const { count, groups } = isObject(details) ? details : {};
  // An event that stands for several groups has a key of its own.
  if (typeof groups === 'string') {
    yield* groupsOf([groups]);
    return;
  }
  if (typeof id === 'string' && /^[0-9a-f]{32}$/.test(id) && typeof count === 'number') yield { id, count };
}
