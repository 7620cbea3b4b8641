/**
 * Templates of a preset: text with `{name}` or `{name|filter}`. `{{` and `}}` stand for single braces. There is nothing in them that
 * computes: a name is looked up, and what it gives is escaped for the place where it stands.
 */

/** A piece of a template: text as it stands, or what is filled in. */
export type Part = string | Placeholder;

export interface Placeholder {
  readonly name: string;
  readonly filter: string | undefined;
}

/** What settings have, by their names. A setting without a value is absent. */
export type Values = ReadonlyMap<string, string>;

const TOKEN = /\{\{|\}\}|\{([a-z][a-z0-9_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)?)(?:\|([a-z0-9_]+))?\}|[{}]/gu;

/** The parts of a template; undefined where a brace stands alone or what it holds is no name. */
export function partsOf(template: string): readonly Part[] | undefined {
  const parts: Part[] = [];
  let text = '';
  let from = 0;
  for (const match of template.matchAll(TOKEN)) {
    const [token, name, filter] = match;
    text += template.slice(from, match.index);
    from = match.index + token.length;
    if (token === '{{' || token === '}}') text += token.charAt(0);
    else if (name === undefined) return undefined;
    else {
      if (text !== '') parts.push(text);
      text = '';
      parts.push({ name, filter });
    }
  }
  text += template.slice(from);
  return text === '' ? parts : [...parts, text];
}

/** The names that a template fills in. */
export function placeholdersOf(template: string): readonly Placeholder[] {
  return (partsOf(template) ?? []).filter((part) => typeof part !== 'string');
}

/** The template with the values of settings, as they are; undefined where one of them has no value. */
export function filled(template: string, values: Values): string | undefined {
  let text = '';
  for (const part of partsOf(template) ?? []) {
    const value = typeof part === 'string' ? part : values.get(part.name);
    if (value === undefined) return undefined;
    text += value;
  }
  return text;
}

/** Host names, or parts of one, that may be filled in. */
const HOST_PART = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;

/** A finished address, or what the value of which setting must be instead. */
export type Address = { readonly url: string } | { readonly setting: string; readonly wanted: string };

/**
 * The address of a template. A value that begins it is the beginning of an address itself; within the host a value must be a part of a
 * host's name; behind it, a value is percent-encoded (RFC 3986, section 2.1), so that it cannot end its segment of the path or its
 * parameter of the query.
 */
export function addressOf(template: string, values: Values): Address {
  let url = '';
  for (const part of partsOf(template) ?? []) {
    if (typeof part === 'string') {
      url += part;
      continue;
    }
    const { name } = part;
    const value = values.get(name);
    if (value === undefined) return { setting: name, wanted: 'given: it is a part of the address' };
    const isStart = url === '';
    const isInHost = !isStart && !/^[a-z]+:\/\/[^/?#]*[/?#]/.test(url);
    if (isStart) url += value;
    else if (isInHost && !HOST_PART.test(value)) {
      return { setting: name, wanted: 'a part of a host name: letters, digits, dots and hyphens' };
    } else if (isInHost) url += value;
    else if (/^\.{1,2}$/.test(value) || !value.isWellFormed()) {
      return { setting: name, wanted: 'text that can stand in the path of an address' };
    } else url += encodeURIComponent(value);
  }
  return { url };
}
