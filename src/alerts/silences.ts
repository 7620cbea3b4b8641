/** Silences: which alerts people are not told of for a time, decided without any state of its own. */
import { z } from 'zod';
import { columnOf } from '../shared/column-value.ts';
import { DAY_MS } from '../shared/duration.ts';
import type { Envelope } from '../shared/event.ts';
import { ExactNumber } from '../shared/exact-number.ts';
import type { JsonValue } from '../shared/json.ts';

/** The longest silence. Milliseconds. */
export const LONGEST_SILENCE_MS = 30 * DAY_MS;
/** How far behind the clock of the account a consumer's may be. One that is further behind silences nothing. Milliseconds. */
const BEHIND_MS = 5 * 60_000;

export const SILENCE_LIMITS = {
  /** Silences in force at once: each alert is compared with all of them. */
  silences: 100,
  conditions: 8,
  column: 128,
  value: 256,
  rule: 256,
  reason: 500,
  by: 128,
} as const;
/** A longer value of a row matches no pattern. UTF-16 units. */
const LONGEST_VALUE = 32_768;
/** Of a list in a row, the values that are compared. */
const LONGEST_LIST = 1_000;

const conditionSchema = z.lazy(() =>
  z.strictObject({
    column: z.string().min(1).max(SILENCE_LIMITS.column),
    /** `*` stands for any text. */
    value: z.string().min(1).max(SILENCE_LIMITS.value),
  }),
);

/** A silence as it is stored. Keys that a later version adds are kept. */
export const silenceSchema = z.lazy(() =>
  z
    .looseObject({
      /** 8 lower-case hex digits. */
      id: z.string().regex(/^[0-9a-f]{8}$/),
      /** The id or the title of a rule; absent: the alerts of any rule. */
      rule: z.string().min(1).max(SILENCE_LIMITS.rule).optional(),
      /** All of them must hold. Empty only where there is a rule. */
      where: z.array(conditionSchema).max(SILENCE_LIMITS.conditions),
      /** Milliseconds since the epoch, by the clock of the account that holds the state. */
      from: z.int().min(0),
      until: z.int().min(0),
      by: z.string().max(SILENCE_LIMITS.by),
      reason: z.string().min(1).max(SILENCE_LIMITS.reason),
    })
    .refine(({ rule, where }) => rule !== undefined || where.length > 0, 'a silence of all alerts')
    .refine(
      ({ from, until }) => until > from && until - from <= LONGEST_SILENCE_MS,
      'a silence that is too long',
    ),
);

export type SilenceCondition = z.infer<typeof conditionSchema>;
export type Silence = z.infer<typeof silenceSchema>;

/**
 * The silence that holds for an alert; undefined: people are to be told of it.
 *
 * The rule is the alert's own: where several rules match one event, each is asked for. Conditions see the transformed columns. Pure, never
 * throws, and takes a time that the limits above bound.
 *
 * @param now milliseconds since the epoch.
 */
export function silenceFor(
  silences: readonly Silence[],
  envelope: Pick<Envelope, 'event' | 'rule'>,
  now: number,
): Silence | undefined {
  return silences.find((silence) => isInForce(silence, now) && isMeant(silence, envelope));
}

/** Never before its beginning and never from its end on, whatever is stored. */
export function isInForce({ from, until }: Silence, now: number): boolean {
  return now >= from - BEHIND_MS && now < until && until - from <= LONGEST_SILENCE_MS;
}

function isMeant({ rule: named, where }: Silence, envelope: Pick<Envelope, 'event' | 'rule'>): boolean {
  if (named === undefined && where.length === 0) return false;
  const { rule } = envelope;
  if (named !== undefined && !isRule(named, rule)) return false;
  return where.every(({ column, value }) =>
    textsOf(columnOf(envelope, column)).some((text) => fits(value, text)),
  );
}

function isRule(named: string, rule: Envelope['rule']): boolean {
  const name = named.toLowerCase();
  return rule?.id?.toLowerCase() === name || rule?.title.toLowerCase() === name;
}

function textsOf(value: JsonValue | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) {
    return value.slice(0, LONGEST_LIST).flatMap((one: JsonValue) => (isScalar(one) ? [String(one)] : []));
  }
  return isScalar(value) ? [String(value)] : [];
}

function isScalar(value: JsonValue): value is string | number | boolean | ExactNumber {
  return value !== null && (typeof value !== 'object' || value instanceof ExactNumber);
}

/** Whether a pattern with `*` covers the whole text, in any letter case. Linear in the text for each part of the pattern. */
export function fits(pattern: string, text: string): boolean {
  if (text.length > LONGEST_VALUE) return false;
  const whole = text.toLowerCase();
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  const last = rest.pop();
  if (last === undefined) return whole === first;
  if (!whole.startsWith(first)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = whole.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return whole.length - last.length >= from && whole.endsWith(last);
}
