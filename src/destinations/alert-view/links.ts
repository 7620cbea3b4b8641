/** Where an analyst clicks: Defender's portal for what the row names, attack.mitre.org and NVD for the rule's tags. */
import type { AlertMessage, EntityKind } from '../../alerts/message.ts';
import type { LinkColumn } from '../../alerts/read-columns.ts';
import { TACTICS } from '../../shared/attack.ts';
import { parseEventTime } from '../../shared/instant.ts';
import type { JsonValue } from '../../shared/json.ts';
import { member } from '../../shared/row-members.ts';

/** A link of ours: http or https, its parts checked or encoded. */
export interface Link {
  readonly label: string;
  readonly url: string;
}

/** A rule's tag, with a link where it names something public. Without one the label is the tag as the rule has it. */
export interface Tag {
  readonly label: string;
  readonly url?: string;
}

const PORTAL = 'https://security.microsoft.com';
const ID = /^[A-Za-z0-9._-]{1,128}$/;

/** A page of Defender's portal, of the tenant where that is known. The path must be ours, its parts checked. */
export function portalPage(
  path: string,
  tenant: string | undefined,
  query: Readonly<Record<string, string>> = {},
): string {
  const all = { ...query, ...(tenant !== undefined && ID.test(tenant) && { tid: tenant }) };
  const pairs = Object.entries(all).map(
    ([key, value]) => `${key}=${encodeURIComponent(value.toWellFormed())}`,
  );
  return `${PORTAL}${path}${pairs.length === 0 ? '' : `?${pairs.join('&')}`}`;
}

/**
 * Pages of Defender's portal for what an alert is about, the most telling first: its alert, its incident, its mail, its device, its user, its file.
 * Where the first row has no id, the first entity of that kind that has one answers. Ids of an unexpected form get no link.
 */
export function portalPages({
  envelope: { event, tenant, time },
  entities,
  defender,
}: Pick<AlertMessage, 'envelope' | 'entities' | 'defender'>): readonly Link[] {
  return pagesFor({ tenant, time, entities, defender, column: (name) => member(event, name) });
}

/** An alert, of which columns are read one at a time: a row that stays bytes is not parsed for them. */
export interface LinkedAlert extends Pick<AlertMessage, 'entities'> {
  readonly tenant: string | undefined;
  /** When it happened, as its envelope has it. */
  readonly time: string;
  readonly defender?: AlertMessage['defender'] | undefined;
  column(name: LinkColumn): JsonValue | undefined;
}

/** As {@link portalPages}. */
export function pagesFor({ tenant, time, entities, defender, column }: LinkedAlert): readonly Link[] {
  const first = (kind: EntityKind) =>
    entities.find((list) => list.kind === kind)?.first.find((entity) => entity.id !== undefined)?.id;
  const links: Link[] = [];
  const add = (label: string, path: string, query?: Readonly<Record<string, string>>) =>
    links.push({ label, url: portalPage(path, tenant, query) });

  const alert = checked(defender?.alertId ?? column('AlertId'));
  if (alert !== undefined) add('Alert', `/alerts/${alert}`);
  const incident = /^\d{1,12}$/.exec(String(column('IncidentId')))?.[0];
  if (incident !== undefined) add('Incident', `/incident2/${incident}/overview`);
  const mail = checked(column('NetworkMessageId') ?? first('mail'));
  const recipient = column('RecipientEmailAddress');
  if (mail !== undefined && typeof recipient === 'string' && recipient.length <= 256) {
    add('Mail', '/emailentity', {
      f: 'summary',
      ...(parseEventTime(time) && { startTime: time, endTime: time }),
      id: mail,
      recipient,
    });
  }
  const device = checked(column('DeviceId') ?? first('host'));
  if (device !== undefined) add('Device', `/machines/v2/${device}`);
  const users = [
    column('AccountObjectId'),
    column('InitiatingProcessAccountObjectId'),
    column('AccountSid'),
    column('InitiatingProcessAccountSid'),
    first('user'),
  ].flatMap((id) => checked(id) ?? []);
  const [user] = users;
  if (user !== undefined) add('User', '/user', user.startsWith('S-1-') ? { sid: user } : { aad: user });
  const hash = checked(column('SHA256') ?? column('SHA1') ?? first('file'));
  if (hash !== undefined && /^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/.test(hash)) add('File', `/file/${hash}`);
  return links;
}

function checked(id: unknown): string | undefined {
  return typeof id === 'string' && ID.test(id) ? id : undefined;
}

const ATTACK = 'https://attack.mitre.org';

/** A Sigma tag, as a link where it names something on attack.mitre.org or a CVE. */
export function tagLink(tag: string): Tag {
  const name = tag.toLowerCase();
  const technique = /^attack\.(t\d{4})(?:\.(\d{3}))?$/.exec(name);
  if (technique) {
    const [, id = '', sub] = technique;
    const label = sub === undefined ? id.toUpperCase() : `${id.toUpperCase()}.${sub}`;
    return { label, url: `${ATTACK}/techniques/${label.replace('.', '/')}/` };
  }
  const known = /^attack\.([gs]\d{4})$/.exec(name)?.[1];
  if (known !== undefined) {
    const folder = known.startsWith('g') ? 'groups' : 'software';
    return { label: known.toUpperCase(), url: `${ATTACK}/${folder}/${known.toUpperCase()}/` };
  }
  const tactic = /^attack\.([a-z_-]{1,40})$/.exec(name)?.[1]?.replaceAll('_', '-');
  if (tactic !== undefined && Object.hasOwn(TACTICS, tactic)) {
    return { label: tactic.replaceAll('-', ' '), url: `${ATTACK}/tactics/${TACTICS[tactic]}/` };
  }
  const cve = /^cve[.-](\d{4})[.-](\d{4,9})$/.exec(name);
  if (cve) {
    const id = `CVE-${cve[1]}-${cve[2]}`;
    return { label: id, url: `https://nvd.nist.gov/vuln/detail/${id}` };
  }
  return { label: tag };
}
