/** Warns of values that YAML or Sigma read differently from how they look: escapes in double quotes, `\*` in a path. */
import { isScalar, type LineCounter } from 'yaml';
import type { Mistake, Span } from '../../../../diagnostics/diagnostic.ts';
import { spanBetween, spanOf, TextLines } from '../../../../diagnostics/yaml/places.ts';
import type { Given } from '../given.ts';
import type { Asked } from './pattern.ts';

/** YAML's one-letter escapes for invisible characters (YAML 1.2.2, 5.7). Hexadecimal escapes are always intended, so they are not listed. */
const ESCAPES: Readonly<Record<string, readonly [name: string, unit: string]>> = {
  '0': ['a null character', '00'],
  a: ['a bell', '07'],
  b: ['a backspace', '08'],
  t: ['a tab', '09'],
  n: ['a line feed', '0A'],
  v: ['a vertical tab', '0B'],
  f: ['a form feed', '0C'],
  r: ['a carriage return', '0D'],
  e: ['an escape character', '1B'],
  N: ['a next-line character', '85'],
  _: ['a no-break space', 'A0'],
  L: ['a line separator', 'u2028'],
  P: ['a paragraph separator', 'u2029'],
};

/** A mistake with the place of the character that the author most likely did not intend. */
export interface PlacedMistake extends Mistake {
  readonly span: Span;
}

/** Warns of control characters: `"\finger.exe"` is a form feed and `inger.exe`, and the last line end of a block (`|`) belongs to the value. */
export function controlCharacter({ node, value }: Given, lines: LineCounter): PlacedMistake | undefined {
  if (typeof value !== 'string' || !isScalar(node)) return undefined;
  if ((node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED') && value.endsWith('\n')) {
    const sign = node.type === 'BLOCK_LITERAL' ? '|' : '>';
    return {
      code: 'control-character',
      message: `the value ends with a line feed, which "${sign}" leaves there`,
      hint: `write "${sign}-"`,
      span: spanOf(node, lines),
    };
  }
  if (node.type !== 'QUOTE_DOUBLE' || !node.range || !(lines instanceof TextLines)) return undefined;
  const [from, to] = node.range;
  for (const match of lines.between(from, to).matchAll(/\\(.)/gs)) {
    const letter = match[1] ?? '';
    const meant = ESCAPES[letter];
    if (!meant) continue;
    const [name, unit] = meant;
    const plain = unit.startsWith('u') ? `\\${unit}` : `\\x${unit}`;
    return {
      code: 'control-character',
      message: `in double quotes "\\${letter}" is ${name}`,
      hint: `write the value in single quotes, or "${plain}" where that character is meant`,
      span: spanBetween(from + match.index, from + match.index + 2, lines),
    };
  }
  return undefined;
}

/** Fields and columns whose values are paths, in which no name contains an asterisk. A literal `?` may be intended: `\\??\\C:`. */
const PATHS = /Path$|^(?:Previous)?RegistryKey$|Image$|^ImageLoaded$|^TargetObject$|^TargetFilename$/;
const IN_PATH = /(?<!\\)\\(\*)/;

/** What both of them contain: most values are told apart by this alone. */
const ESCAPED = /\\[*?]/;

/** Matches `\*` or `\?` after a folder name with a backslash before it, or after a drive. */
const WITHIN_PATH = /(?:\\[^\\*?]+|[A-Za-z]:)(?<=[\w)}%:])\\(\*|\?(?=\\))/;

/**
 * Warns of `C:\Users\*\a.exe`: the backslash makes the asterisk a literal one.
 *
 * In a command line a literal asterisk may be intended, so there it is doubtful only within a path, after a folder name.
 */
export function escapedWildcard({ raw, field }: Asked): Mistake | undefined {
  if (!ESCAPED.test(raw)) return undefined;
  const { key, mapping } = field;
  const [column = '', another] = mapping.columns;
  const isPath = PATHS.test(key.field) || (another === undefined && PATHS.test(column));
  const found = (isPath ? IN_PATH.exec(raw) : null) ?? WITHIN_PATH.exec(raw);
  const sign = found?.[1];
  if (sign === undefined) return undefined;
  return {
    code: 'escaped-wildcard',
    message: `"\\${sign}" is a plain "${sign}" and no wildcard`,
    hint: `write '\\\\${sign}' for a backslash and a wildcard, '\\\\\\${sign}' for a backslash and a plain "${sign}"`,
  };
}
