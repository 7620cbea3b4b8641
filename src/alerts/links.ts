/** Links that relay.yaml declares under `links`: templates of addresses, with what an alert says in place of `{...}`. */
import { readTitle } from '../shared/title-template.ts';

/** What a template may name, and what stands there. */
export const LINK_PLACEHOLDERS = {
  rule: "the rule's title as its file has it",
  rule_id: "the rule's id",
  severity: 'the highest severity of the group',
  table: 'the Advanced Hunting table',
  tenant: "the tenant's id",
  host: 'the first host of the group',
  user: 'the first user of the group',
  event_id: "the id of the first alert's event",
  alert_id: "the first alert's id",
  group_id: "the group's id",
  from: 'an hour before the earliest event of the group, as 2026-11-23T06:14:09Z',
  to: 'an hour after the latest event of the group',
  from_epoch: '`from` in seconds since 1970',
  to_epoch: '`to` in seconds since 1970',
} as const;
export type LinkPlaceholder = keyof typeof LINK_PLACEHOLDERS;

export const LINK_PLACEHOLDER_NAMES = Object.keys(LINK_PLACEHOLDERS) as readonly LinkPlaceholder[];

/** How many links relay.yaml may declare: a message has room for few. */
export const LINKS_LIMIT = 5;
/** The longest label: Slack cuts a button at 75 characters. */
export const LABEL_LIMIT = 40;
export const LINK_TEMPLATE_LIMIT = 1_500;
/** The longest address that is made; products refuse longer ones. */
const ADDRESS_LIMIT = 3_000;
const VALUE_LIMIT = 256;

export type LinkValues = Readonly<Partial<Record<LinkPlaceholder, string>>>;

export interface Link {
  readonly label: string;
  readonly url: string;
}

/** What is wrong with a template; undefined: it can be used. A name that is not known is in `placeholder`. */
export function linkProblem(
  template: string,
): { readonly wanted: string; readonly placeholder?: string } | undefined {
  if (template.length > LINK_TEMPLATE_LIMIT)
    return { wanted: `at most ${LINK_TEMPLATE_LIMIT} characters long` };
  const { parts, problems } = readTitle(template);
  if (problems.length > 0) {
    return { wanted: 'an address whose "{" and "}" are placeholders: "{{" and "}}" stand for braces' };
  }
  for (const part of parts) {
    if (typeof part === 'string' || isPlaceholder(part.column)) continue;
    return { wanted: `an address with known placeholders`, placeholder: part.column };
  }
  const [first] = parts;
  if (typeof first !== 'string' || !/^https:\/\/[^/?#\s@\\]+\//.test(first) || !isAddress(parts)) {
    return { wanted: 'an https address whose host is written out, without a user name' };
  }
  return undefined;
}

function isAddress(parts: ReturnType<typeof readTitle>['parts']): boolean {
  const text = parts.map((part) => (typeof part === 'string' ? part : 'x')).join('');
  if (/[\p{Cc}\p{Cf}\s"<>]/u.test(text)) return false;
  const url = URL.parse(text);
  return url?.protocol === 'https:' && url.username === '' && url.password === '';
}

/**
 * The links for an alert, in the order of relay.yaml. A link is left out where a value is missing or too long to be looked for.
 *
 * Values come from rows, and an attacker may have chosen them. Each is encoded for an address, and every character that may end a quoted
 * string or begin another command in a query language of a SIEM becomes `*`.
 *
 * @param links by label, templates that {@link linkProblem} accepts.
 */
export function renderLinks(links: Readonly<Record<string, string>>, values: LinkValues): readonly Link[] {
  return Object.entries(links).flatMap(([label, template]): Link[] => {
    let url = '';
    for (const part of readTitle(template).parts) {
      if (typeof part === 'string') {
        url += part;
        continue;
      }
      const value = isPlaceholder(part.column) ? values[part.column] : undefined;
      if (value === undefined || value === '' || value.length > VALUE_LIMIT) return [];
      url += encoded(value);
    }
    return url.length <= ADDRESS_LIMIT && URL.canParse(url) ? [{ label, url }] : [];
  });
}

function encoded(value: string): string {
  const safe = value.toWellFormed().replace(/[^\p{L}\p{N}\p{M} ._:@/,=~-]/gu, '*');
  return encodeURIComponent(safe).replaceAll('*', '%2A').replaceAll('~', '%7E');
}

function isPlaceholder(name: string): name is LinkPlaceholder {
  return Object.hasOwn(LINK_PLACEHOLDERS, name);
}
