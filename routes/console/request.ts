/** Reads what a request to the console carries, within bounds. */
import type { Context } from 'hono';
import { cookieOf, SESSION_COOKIE } from '../../src/console/access/cookies.ts';
import type { Provenance } from '../../src/console/access/origins.ts';
import { LOCAL, type Person, personOf } from '../../src/console/access/people.ts';
import { NotificationError } from '../../src/event-grid/errors.ts';
import { orAborted } from '../../src/shared/or-aborted.ts';
import { refuse } from '../answers.ts';
import { parseBody, readBody } from '../body.ts';
import type { ConsoleDeps } from './deps.ts';

/** Forms of the console are small. Bytes. */
const MAX_BODY = 64 * 1024;
/** A body must have come by then. Milliseconds. */
const BODY_MS = 10_000;

export function provenanceOf(c: Context): Provenance {
  return { host: c.req.header('host') ?? new URL(c.req.url).host, header: (name) => c.req.header(name) };
}

/** Who asks; undefined where a login is needed first. */
export function personIn(c: Context, { page, services }: ConsoleDeps): Person | undefined {
  if (!page.login) return LOCAL;
  const cookie = cookieOf(c.req.header('cookie'), SESSION_COOKIE);
  return cookie === undefined ? undefined : personOf(cookie, page, services.clock.now());
}

/**
 * The address that a request comes from. Behind the proxy of `console.public_url` it is what the proxy, the last of all, has added: what
 * stands before that, the browser may have written itself.
 */
export function addressOf(c: Context, { page, address }: ConsoleDeps): string | undefined {
  const connection = address(c);
  const forwarded = page.public_url === undefined ? undefined : c.req.header('x-forwarded-for');
  const last = forwarded?.split(',').at(-1)?.trim();
  return last !== undefined && /^[\da-f.:]{2,45}$/i.test(last) ? last : connection;
}

/** The network that counts as one asker: an IPv6 host has a whole /64. */
export function askerOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  if (address.includes('.')) return address;
  // `2001:db8::7` leaves out zeros, which may lie in the network or behind it.
  const [before = '', behind] = address.toLowerCase().split('::');
  const groups = before.split(':').filter(Boolean);
  const last = (behind ?? '').split(':').filter(Boolean);
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - last.length) }, () => '0');
  const all = [...groups, ...(behind === undefined ? [] : zeros), ...last];
  return all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
}

/** The JSON of a body, or the answer that refuses it. */
export async function jsonOf(
  c: Context,
  { services }: ConsoleDeps,
): Promise<{ readonly value: unknown } | { readonly refused: Response }> {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase();
  // A form of another site can send other types, but not this one.
  if (type !== 'application/json' || (c.req.header('content-encoding') ?? 'identity') !== 'identity') {
    const message = 'The body must be JSON, with the content type application/json, and not compressed.';
    return { refused: refuse(c, 415, { code: 'unsupported_media_type', message }) };
  }
  const late = new AbortController();
  const cancel = services.clock.after(BODY_MS, () => late.abort(new Error('the body took too long')));
  try {
    const bytes = await orAborted(readBody(c.req.raw, MAX_BODY, late.signal), late.signal);
    if (bytes !== undefined) return { value: parseBody(bytes) };
    return { refused: refuse(c, 413, { code: 'too_large', message: 'The body is longer than 64 KiB.' }) };
  } catch (error) {
    const message = error instanceof NotificationError ? error.message : 'The body broke off.';
    return { refused: refuse(c, 400, { code: 'request_invalid', message }) };
  } finally {
    cancel();
  }
}
