/** Domains with their sub-domains: how they are written in lists, and where they stand in the values of rows. */

/** The longest name that DNS allows, in characters. */
const LONGEST_NAME = 253;
/** A longer value of a row is cut before its host is looked for: the host stands at the beginning of an address. */
const LONGEST_VALUE = 4_096;

/** A name that is itself in the form in which names are compared. */
const PLAIN = /^[a-z\d_-]+(?:\.[a-z\d_-]+)*$/;

/**
 * A domain of a list in the form in which it is compared: lower case, internationalised names as `xn--`, without a dot at the end.
 * `*.example.com` and `.example.com` are `example.com`, because sub-domains always match. Undefined for other strings.
 */
export function domainKey(text: string): string | undefined {
  const bare = text.replace(/^\*?\./, '').replace(/\.$/, '');
  const name = asciiName(bare);
  return name !== undefined && isName(name) ? name : undefined;
}

/** The host of a value of a row: of a URL, of `host:port`, or the value itself; undefined if no name can stand there. */
export function hostOf(value: string): string | undefined {
  // Most values are a name and nothing else.
  if (value.length <= LONGEST_NAME && PLAIN.test(value)) return value;
  const text = value.length > LONGEST_VALUE ? value.slice(0, LONGEST_VALUE) : value;
  const scheme = /^[a-z][a-z\d+.-]*:(?=[/\\]{2})/i.exec(text)?.[0].length ?? 0;
  let from = scheme;
  while (text[from] === '/' || text[from] === '\\') from += 1;
  const rest = text.slice(from);
  const end = rest.search(/[/\\?#\s]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '');
  const bare = host.endsWith('.') ? host.slice(0, -1) : host;
  return bare === '' || bare.length > LONGEST_NAME ? undefined : asciiName(bare);
}

/** The names with characters beyond ASCII that were read last, each with what it became: hosts occur again and again. */
const known = new Map<string, string | undefined>();
const MOST_KNOWN = 1_000;

function asciiName(text: string): string | undefined {
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  if (known.has(text)) return known.get(text);
  if (known.size >= MOST_KNOWN) known.clear();
  const name = internationalName(text);
  known.set(text, name);
  return name;
}

function internationalName(text: string): string | undefined {
  // What would end the host of an address is no part of a name.
  if (/[/\\?#@:\s%]/.test(text)) return undefined;
  try {
    return new URL(`http://${text}`).hostname;
  } catch {
    return undefined;
  }
}

/** Names as DNS has them; an underscore is not allowed for hosts and is used all the same. */
function isName(name: string): boolean {
  return name.length <= LONGEST_NAME && /^(?!-)[a-z\d_-]{1,63}(?:\.(?!-)[a-z\d_-]{1,63})*$/.test(name);
}
