/** Writes texts of a row as values of a Sigma rule, in YAML. */
import { stringify } from 'yaml';

/**
 * Escapes what Sigma gives a meaning to, so that the value means the text itself.
 *
 * Source: Sigma rules specification 2.1, "Escaping": `\*`, `\?` and `\\` are escapes, any other backslash is plain.
 */
export function sigmaText(text: string): string {
  return text.replace(/[*?]|\\(?=[\\*?])/g, '\\$&');
}

/** A value as YAML on one line, in quotes where it needs them. */
export function yamlValue(value: string | number): string {
  if (typeof value === 'number') return String(value);
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\s|\s$/u.test(value)) return oneLine(value);
  const plain = stringify(value, { lineWidth: 0 }).trimEnd();
  return plain.includes('\n') ? oneLine(value) : plain;
}

/** A value as it may stand in a comment: nothing in it can end the line. */
export function commentValue(value: string | number): string {
  return oneLine(value);
}

/** JSON's short escapes that people write by mistake, for the path `C:\\bin`: the checker warns of them. */
const SHORT: Readonly<Record<string, string>> = {
  '\\b': '\\u0008',
  '\\t': '\\u0009',
  '\\n': '\\u000a',
  '\\f': '\\u000c',
  '\\r': '\\u000d',
};

/** A value in double quotes, in which everything that cannot be seen is escaped. It is JSON, and YAML. */
function oneLine(value: string | number): string {
  const json = JSON.stringify(value).replace(/\\./g, (short) => SHORT[short] ?? short);
  return json.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
