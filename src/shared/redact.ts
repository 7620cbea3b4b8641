const HIDDEN = '[redacted]';

/** What looks like a secret in a text whose making we do not control: other libraries' error messages, mostly. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(AccountKey|SharedAccessKey|SharedAccessSignature)=[^;\s"']+/gi, `$1=${HIDDEN}`],
  [
    /([?&](?:sig|code|key|api_?key|token|access_token|client_secret|secret|password)=)[^&#\s"']+/gi,
    `$1${HIDDEN}`,
  ],
  [/\b(Bearer|Basic|Splunk)[ \t]+[\w+/=.~-]{8,}/gi, `$1 ${HIDDEN}`],
  [/\bwhsec_[\w+/=-]+/g, HIDDEN],
  [/(hooks\.slack\.com\/(?:services|workflows|triggers)\/)[^\s"']+/gi, `$1${HIDDEN}`],
  [/(:\/\/)[^\s/@:"']*:[^\s/@"']+@/g, `$1${HIDDEN}@`],
];

/** The text with known secrets, and with what looks like one, taken out. `secrets`: longest first. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, HIDDEN);
  for (const [pattern, replacement] of PATTERNS) clean = clean.replace(pattern, replacement);
  return clean;
}
