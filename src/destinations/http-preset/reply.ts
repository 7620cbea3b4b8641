/** What a reply means by the rules of a preset. */
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, parsedJson, type ReplyContext, retryable, troubleIn } from '../reply.ts';
import { valuesAt } from './json-path.ts';
import type { ReplyRule } from './reply-schema.ts';

/** What a reply says: acceptance; that the credentials are not taken, with the error if that stays so; or an error. */
export type Said =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'token_refused'; readonly error: DestinationRefusedError }
  | { readonly kind: 'trouble'; readonly error: RetryableError | RowsRefusedError | DestinationRefusedError };

type Json = { readonly value: unknown } | undefined;

/** What a reply to a batch of `size` records means: the first rule that matches counts, else the status. */
export function saidIn(
  reply: HttpReply,
  rules: readonly ReplyRule[],
  { size, context }: { readonly size: number; readonly context: ReplyContext },
): Said {
  const parsed = parsedJson(reply.body);
  const json: Json = parsed === undefined ? undefined : { value: parsed };
  const rule = rules.find((each) => matches(each, reply, json));
  if (rule) return byRule(rule, { reply, json, size, context });
  const trouble = troubleIn(reply, context);
  if (trouble === undefined) {
    const error = new RetryableError('bad_reply', `${describe(reply, context)} (not its acceptance)`);
    return { kind: 'trouble', error };
  }
  return reply.status === 401 && trouble instanceof DestinationRefusedError
    ? { kind: 'token_refused', error: trouble }
    : { kind: 'trouble', error: trouble };
}

function matches(rule: ReplyRule, { status, body, header }: HttpReply, json: Json): boolean {
  const isStatus = [rule.status]
    .flat()
    .some((one) =>
      typeof one === 'number' ? one === status : Number(one.charAt(0)) === Math.floor(status / 100),
    );
  if (!isStatus) return false;
  if (rule.contains !== undefined && !body.includes(rule.contains)) return false;
  if (rule.body === 'empty' && body.trim() !== '') return false;
  if (rule.body === 'json' && json === undefined) return false;
  if (rule.body === 'not_html' && isHtml(body, header('content-type'))) return false;
  return Object.entries(rule.json ?? {}).every(([path, wanted]) => {
    const allowed: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
    return json !== undefined && valuesAt(json.value, path).some((value) => allowed.includes(value));
  });
}

function isHtml(body: string, type: string | undefined): boolean {
  return /^\s*</.test(body) || /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type ?? '');
}

interface Situation {
  readonly reply: HttpReply;
  readonly json: Json;
  readonly size: number;
  readonly context: ReplyContext;
}

function byRule(rule: ReplyRule, { reply, json, size, context }: Situation): Said {
  const message = describe(reply, context);
  const trouble = (error: RetryableError | RowsRefusedError | DestinationRefusedError): Said => ({
    kind: 'trouble',
    error,
  });
  switch (rule.means) {
    case 'accepted':
      return { kind: 'accepted' };
    case 'busy':
    case 'failed':
      return trouble(withWait(rule, { reply, json, size, context }));
    case 'rows_refused':
      return trouble(new RowsRefusedError('rows_refused', message, { rows: rowsNamed(rule, json, size) }));
    case 'too_large':
      return trouble(new RowsRefusedError('too_large', message));
    case 'token_refused':
      return { kind: 'token_refused', error: new DestinationRefusedError('not_authorized', message) };
    case 'refused':
      return trouble(new DestinationRefusedError('refused', message));
  }
}

/** Positions outside the batch are not believed: then the row is found by bisecting. */
function rowsNamed({ rows }: ReplyRule, json: Json, size: number): readonly number[] | undefined {
  if (size === 1) return [0];
  if (rows === undefined || json === undefined) return undefined;
  const named = valuesAt(json.value, rows).flat();
  const isEach = named.every(
    (row): row is number => typeof row === 'number' && Number.isInteger(row) && row >= 0 && row < size,
  );
  return isEach && named.length > 0 ? named : undefined;
}

function withWait(rule: ReplyRule, { reply, json, context }: Situation): RetryableError {
  const code = rule.means === 'busy' ? 'throttled' : 'server_error';
  const usual = retryable(code, reply, context);
  const wait = waitIn(rule, reply, json, context.now);
  if (usual.retryAfterMs !== undefined || wait === undefined) return usual;
  const retryAfterMs = Math.min(Math.max(Math.ceil(wait), 0), context.retryAfterMaxMs);
  return new RetryableError(code, usual.message, { retryAfterMs });
}

/** Milliseconds. */
function waitIn({ wait }: ReplyRule, reply: HttpReply, json: Json, now: number): number | undefined {
  if (wait === undefined) return undefined;
  const said: unknown =
    wait.header === undefined
      ? json && valuesAt(json.value, wait.json ?? '').at(0)
      : reply.header(wait.header)?.trim();
  if (wait.unit === 'duration') {
    const seconds = typeof said === 'string' ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(said)?.[1] : undefined;
    return seconds === undefined ? undefined : Number(seconds) * 1_000;
  }
  const text = typeof said === 'number' ? String(said) : said;
  if (typeof text !== 'string' || !/^\d{1,15}(?:\.\d{1,9})?$/.test(text)) return undefined;
  const amount = Number(text);
  if (wait.unit === 'milliseconds') return amount;
  return wait.unit === 'seconds' ? amount * 1_000 : amount * 1_000 - now;
}
