/** ATT&CK techniques among a rule's tags, with their pages at attack.mitre.org. */
import { type Tag, tagLink } from './links.ts';

/** `attack.t1059.001` as a link; undefined for tags of anything else. */
export function techniqueTag(tag: string): Tag | undefined {
  return /^attack\.t\d{4}(?:\.\d{3})?$/i.test(tag) ? tagLink(tag) : undefined;
}
