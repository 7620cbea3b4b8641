/** Removes secrets from strings of other libraries and services before they reach logs and terminals. */
import { DESTINATIONS } from '../destinations/list.ts';
import { hideSecrets, isSentenceWord } from '../shared/hide-secrets.ts';

const HIDDEN = '[redacted]';

/**
 * Patterns of secrets in strings that the relay does not compose itself, mostly error messages of libraries. The descriptor of each
 * destination type has the patterns of its secrets.
 */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(AccountKey|SharedAccessKey|SharedAccessSignature)=[^;\s"']+/gi, `$1=${HIDDEN}`],
  [
    /([?&](?:sig|code|key|api_?key|token|access_token|client_secret|secret|password)=)[^&#\s"']+/gi,
    `$1${HIDDEN}`,
  ],
  [
    /\b(authorization["']?[ \t]*[:=][ \t]*["']?(?:Basic|Bearer|Digest|Splunk)[ \t]+)[^\s"',;]+/gi,
    `$1${HIDDEN}`,
  ],
  [/(:\/\/)[^\s/@:"']*:[^\s/@"']+@/g, `$1${HIDDEN}@`],
];
/** As {@link PATTERNS}, but what follows a scheme and a blank may also be the next word of a sentence. */
const LOOKS: readonly RegExp[] = [
  /\b((?:Bearer|Basic)[ \t]+)[\w+/=.~-]{8,}/gi,
  ...DESTINATIONS.flatMap(({ secretLooks }) => secretLooks),
];

/** The string without known secrets and without anything that looks like a secret. @param secrets longest first. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = hideSecrets(text, secrets, HIDDEN);
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
  for (const look of LOOKS) clean = clean.replace(look, hide);
  return clean;
}

/** The replacement of a match. @param kept the pattern's first group, which is kept; the match's offset if the pattern has no group. */
function hide(match: string, kept: unknown): string {
  if (typeof kept !== 'string') return HIDDEN;
  // "Splunk answered 403" is a sentence, "Splunk 3f2a..." a credential.
  const isScheme = /[ \t]$/.test(kept);
  return isScheme && isSentenceWord(match.slice(kept.length)) ? match : `${kept}${HIDDEN}`;
}
