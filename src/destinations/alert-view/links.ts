/** Where an analyst clicks: Defender's portal for what the row names, attack.mitre.org and NVD for the rule's tags. */
import { TACTICS } from '../../shared/attack.ts';
import type { Envelope } from '../../shared/event.ts';
import { answer } from './questions.ts';

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

/** Links into the Defender portal for what the row names. Ids of an unexpected form get none. */
export function portalLinks(envelope: Envelope): readonly Link[] {
  const { event } = envelope;
  const tenant = envelope.tenant !== undefined && ID.test(envelope.tenant) ? envelope.tenant : undefined;
  const tid = tenant === undefined ? '' : `tid=${tenant}`;
  const page = (path: string) => `${PORTAL}${path}${tid === '' ? '' : `?${tid}`}`;
  const links: Link[] = [];
  const add = (label: string, url: string) => links.push({ label, url });
  const idOf = (question: 'deviceId' | 'alertId' | 'userId' | 'userSid' | 'hash') => {
    const id = answer(event, question);
    return id !== undefined && ID.test(id) ? id : undefined;
  };
  const alert = idOf('alertId');
  if (alert !== undefined) add('Alert', page(`/alerts/${alert}`));
  const device = idOf('deviceId');
  if (device !== undefined) add('Device', page(`/machines/v2/${device}`));
  const user = idOf('userId');
  const sid = idOf('userSid');
  const tail = tid === '' ? '' : `&${tid}`;
  if (user !== undefined) add('User', `${PORTAL}/user?aad=${user}${tail}`);
  else if (sid !== undefined) add('User', `${PORTAL}/user?sid=${sid}${tail}`);
  const hash = idOf('hash');
  if (hash !== undefined && /^(?:[0-9a-fA-F]{40}|[0-9a-fA-F]{64})$/.test(hash)) {
    add('File', page(`/file/${hash}`));
  }
  return links;
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
