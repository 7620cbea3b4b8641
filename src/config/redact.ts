/** Takes secrets out of strings that others made, on their way to logs and terminals. */
import { DESTINATIONS } from '../destinations/list.ts';

const HIDDEN = '[redacted]';

/**
 * What looks like a secret in a string whose making we do not control: other libraries' error messages, mostly. What the secrets
 * of a destination look like, its descriptor says.
 */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(AccountKey|SharedAccessKey|SharedAccessSignature)=[^;\s"']+/gi, `$1=${HIDDEN}`],
  [
    /([?&](?:sig|code|key|api_?key|token|access_token|client_secret|secret|password)=)[^&#\s"']+/gi,
    `$1${HIDDEN}`,
  ],
  [/\b(Bearer|Basic)[ \t]+[\w+/=.~-]{8,}/gi, `$1 ${HIDDEN}`],
  [/(:\/\/)[^\s/@:"']*:[^\s/@"']+@/g, `$1${HIDDEN}@`],
];
const LOOKS: readonly RegExp[] = DESTINATIONS.flatMap(({ secretLooks }) => secretLooks);

/** The string without known secrets, and without anything that looks like one. `secrets`: longest first. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, HIDDEN);
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
  for (const look of LOOKS) clean = clean.replace(look, hide);
  return clean;
}

/** `kept` is the first group of a look; in its place stands the offset where the look has none. */
function hide(_match: string, kept: unknown): string {
  return `${typeof kept === 'string' ? kept : ''}${HIDDEN}`;
}
