/** ATT&CK techniques among a rule's tags and in Defender's alerts, by id and name, with their pages at attack.mitre.org. */
import { techniqueName } from '../../shared/attack.ts';
import { type Tag, tagLink } from './links.ts';

/** The tag `attack.t1059.001` as a link: `T1059.001 Command and Scripting Interpreter: PowerShell`; undefined for tags of anything else. */
export function techniqueTag(tag: string): Tag | undefined {
  const id = /^attack\.(t\d{4}(?:\.\d{3})?)$/i.exec(tag)?.[1];
  if (id === undefined) return undefined;
  const link = tagLink(tag);
  const name = techniqueName(id);
  return name === undefined ? link : { ...link, label: `${link.label} ${name}` };
}

/** A technique as Defender writes it, `Data Encrypted for Impact (T1486)`. Without an id the text is the label. */
export function defenderTechnique(text: string): Tag {
  const [, name, id] = /^([^()]{1,200}?) ?\((T\d{4}(?:\.\d{3})?)\)$/.exec(text) ?? [];
  if (name === undefined || id === undefined) return { label: text };
  return { ...techniqueTag(`attack.${id}`), label: `${id} ${techniqueName(id) ?? name}` };
}
