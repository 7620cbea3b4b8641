/** Who uses the console: by a key, with Entra ID, or on this machine without a login; and which role relay.yaml gives them now. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { ConsoleConfig } from '../../config/console.ts';
import type { LoginWay } from '../model/session.ts';
import type { Role, Viewer } from '../page.ts';
import { peek, seal, unseal } from './sealed.ts';

/** How long a session lasts. Milliseconds. */
export const SESSION_MS = 8 * 60 * 60_000;
/** How far the clocks of two replicas may differ. Milliseconds. */
const SKEW_MS = 60_000;
/** Longer keys are none of ours, and not worth a hash. Characters. */
const MAX_KEY = 1_024;
/** The most groups that one session remembers: a cookie has 4,096 bytes. */
const MOST_GRANTS = 40;

/** A person who is logged in. */
export interface Person {
  readonly viewer: Viewer;
  readonly by: LoginWay | 'none';
  /** The object id in Entra ID. */
  readonly id?: string;
  /** When the session ends, ms since the epoch; absent without a login. */
  readonly until?: number;
}

/** What Entra ID says about a person, as far as it counts here. */
export interface EntraPerson {
  /** The person's object id in the tenant. */
  readonly id: string;
  /** The user name, for the audit log. */
  readonly name: string;
  /** Object ids of groups in lower case, and values of app roles. */
  readonly grants: readonly string[];
}

const moment = z.number().int().nonnegative();
const name = z.string().min(1).max(200);
const sessionSchema = z.lazy(() =>
  z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('key'), name, from: moment, until: moment }),
    z.strictObject({
      by: z.literal('entra'),
      name,
      id: z.string().max(100),
      tenant: z.string().max(100),
      client: z.string().max(100),
      grants: z.array(z.string().max(100)).max(MOST_GRANTS),
      from: moment,
      until: moment,
    }),
  ]),
);
type Session = z.infer<typeof sessionSchema>;

/** The values of app roles that count, as the app registration writes them. */
const APP_ROLES: Readonly<Record<Role, string>> = { viewer: 'viewer', operator: 'operator' };

/** Everybody on loopback, where relay.yaml asks for no login: they could as well run the command line. */
export const LOCAL: Person = { viewer: { name: 'local', role: 'operator' }, by: 'none' };

/** The person whose key this is; undefined where it is nobody's. Takes the same time whichever key it is compared with. */
export function personByKey(key: string, { login }: ConsoleConfig): Person | undefined {
  const presented = digest(key.length <= MAX_KEY ? key : '');
  let found: Person | undefined;
  for (const each of login?.keys ?? []) {
    if (timingSafeEqual(presented, digest(each.key))) {
      found = { viewer: { name: each.name, role: each.role }, by: 'key' };
    }
  }
  return found;
}

/** The role of a person of Entra ID; undefined where relay.yaml gives none. */
export function roleOf(grants: readonly string[], { login }: ConsoleConfig): Role | undefined {
  const { operators = [], viewers = [] } = login?.entra ?? {};
  const has = (role: Role, groups: readonly string[]) =>
    grants.includes(APP_ROLES[role]) || groups.some((group) => grants.includes(group.toLowerCase()));
  if (has('operator', operators)) return 'operator';
  return has('viewer', viewers) ? 'viewer' : undefined;
}

/** What of a token's groups and app roles a session has to remember: those that relay.yaml names. */
export function grantsOf(claims: readonly string[], { login }: ConsoleConfig): readonly string[] {
  const { operators = [], viewers = [] } = login?.entra ?? {};
  const known = [...Object.values(APP_ROLES), ...[...operators, ...viewers].map((id) => id.toLowerCase())];
  return [...new Set(claims)].filter((claim) => known.includes(claim)).slice(0, MOST_GRANTS);
}

/** A session for a person who has just shown a key. @param now ms since the epoch. */
export function keySession(person: Person, config: ConsoleConfig, now: number): string {
  const { name: who } = person.viewer;
  return sealed({ by: 'key', name: who, from: now, until: now + SESSION_MS }, config);
}

/** A session for a person whom Entra ID has sent back. @param now ms since the epoch. */
export function entraSession(person: EntraPerson, config: ConsoleConfig, now: number): string {
  const { tenant_id: tenant = '', client_id: client = '' } = config.login?.entra ?? {};
  const { id, name: who, grants } = person;
  const ids = { by: 'entra' as const, id, name: who, tenant, client, grants: [...grants] };
  return sealed({ ...ids, from: now, until: now + SESSION_MS }, config);
}

function sealed(session: Session, config: ConsoleConfig): string {
  return seal(session, secretFor(session, config) ?? '', 'session');
}

/**
 * The person of a session's cookie; undefined where it is none of ours, has ended, or the person may not use the console any more.
 *
 * The role is that of relay.yaml now: a key that is removed or changed ends its sessions at once, and so does a group that is removed.
 *
 * @param now ms since the epoch.
 */
export function personOf(cookie: string, config: ConsoleConfig, now: number): Person | undefined {
  const claimed = sessionSchema.safeParse(peek(cookie)).data;
  const secret = claimed && secretFor(claimed, config);
  if (secret === undefined) return undefined;
  const { data: session } = sessionSchema.safeParse(unseal(cookie, secret, 'session'));
  if (!session || now >= session.until || session.from > now + SKEW_MS) return undefined;
  if (session.until - session.from > SESSION_MS) return undefined;
  const { by, until } = session;
  const role =
    by === 'entra'
      ? roleOf(session.grants, config)
      : config.login?.keys.find((key) => key.name === session.name)?.role;
  return (
    role && {
      viewer: { name: session.name, role },
      by,
      until,
      ...(session.by === 'entra' && { id: session.id }),
    }
  );
}

/** The secret that a session is signed with: that of its own login, so that it ends when that is changed, and no other does. */
function secretFor(session: Session, { login }: ConsoleConfig): string | undefined {
  if (session.by === 'key') return login?.keys.find((key) => key.name === session.name)?.key;
  const entra = login?.entra;
  const isSame = entra?.tenant_id === session.tenant && entra?.client_id === session.client;
  return isSame ? entra?.client_secret : undefined;
}

function digest(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
