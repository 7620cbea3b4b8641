/**
 * Takes secret values out of texts, and leaves ordinary words in them.
 *
 * A secret that is also a word ("Splunk", "403") cannot be hidden: every sentence with that word would become unreadable, and the gap
 * would tell the secret. Such a secret protects nothing anyway, so the check of relay.yaml warns about it.
 */

/** Shorter values are never looked for. Characters. */
const LEAST = 8;
/** Values of letters alone, or of digits alone, that are shorter than this are hidden only where they stand as a whole word. Characters. */
const WORD_BELOW = 16;

/** Whether {@link hideSecrets} looks for a value at all. */
export function canBeHidden(secret: string): boolean {
  return secret.length >= LEAST;
}

/** The text with every occurrence of the secrets replaced, also where they are encoded as in addresses and forms, or escaped as in JSON or HTML. */
export function hideSecrets(text: string, secrets: readonly string[], mask: string): string {
  let clean = text;
  for (const secret of secrets) {
    if (!canBeHidden(secret)) continue;
    if (isWord(secret)) {
      // Only letters or digits: nothing in it has a meaning in a regular expression.
      clean = clean.replace(new RegExp(`(?<![\\p{L}\\p{N}_])${secret}(?![\\p{L}\\p{N}_])`, 'gu'), () => mask);
      continue;
    }
    for (const form of formsOf(secret)) clean = clean.replaceAll(form, () => mask);
  }
  return clean;
}

/**
 * Whether what stands after "Basic " or "Splunk " is the next word of a sentence, and no credential: letters alone, in the case of a
 * sentence, at most 20.
 */
export function isSentenceWord(text: string): boolean {
  return text.length <= 20 && /^[A-Za-z]?[a-z]+(?:-[a-z]+)*[.,:;]?$/.test(text);
}

function isWord(secret: string): boolean {
  return secret.length < WORD_BELOW && /^(?:[A-Za-z]+|\d+)$/.test(secret);
}

function formsOf(secret: string): ReadonlySet<string> {
  const encodings = [encoded(secret), new URLSearchParams({ v: secret }).toString().slice(2)];
  return new Set([
    secret,
    ...encodings,
    ...encodings.map(withSmallHex),
    JSON.stringify(secret).slice(1, -1),
    ...QUOTES.map((quotes) => escaped(secret, quotes)),
  ]);
}

/** Servers differ in the case of hexadecimal digits: RFC 3986, section 2.1. */
function withSmallHex(text: string): string {
  return text.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase());
}

/** How servers escape quotes in HTML. */
const QUOTES: readonly (readonly [string, string])[] = [
  ['&quot;', '&#39;'],
  ['&quot;', '&#x27;'],
  ['&quot;', '&#039;'],
  ['&#34;', '&#39;'],
];

function escaped(secret: string, [double, single]: readonly [string, string]): string {
  return secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', double)
    .replaceAll("'", single);
}

/** A lone surrogate cannot be encoded; then there is no encoded form to look for. */
function encoded(secret: string): string {
  try {
    return encodeURIComponent(secret);
  } catch {
    return secret;
  }
}
