/**
 * What is said of the mistakes that any YAML file can hold: the same sentence and the same kind of hint in all of them.
 *
 * Each begins in lower case and ends without a full stop. None quotes a value that may be a secret: the line is shown.
 */
import type { Mistake } from './diagnostic.ts';
import { didYouMean } from './nearest.ts';
import { type Path, pathText } from './path.ts';

/** `alerts is a string, but must be a list`. `found` is the value. */
export function wrongType(path: Path, found: unknown, wanted: string): Mistake {
  return { code: 'wrong-type', message: `${pathText(path)} is ${kindOf(found)}, but must be ${wanted}` };
}

/** `log.level must be one of "debug", "info"`. */
export function notAllowed(path: Path, found: unknown, allowed: readonly unknown[]): Mistake {
  return {
    code: 'not-allowed',
    message: `${pathText(path)} must be ${oneOf(allowed)}`,
    hint: typeof found === 'string' ? didYouMean(found, allowed.map(String)) : undefined,
  };
}

/** `server.port must be 65535 or less`: a value of the right type that cannot be taken. */
export function mustBe(code: 'bad-format' | 'out-of-range', path: Path, wanted: string): Mistake {
  return { code, message: `${pathText(path)} must be ${wanted}` };
}

/** `unknown key "levle" in logsource`. `allowed` is empty where any key may stand. */
export function unknownKey(parent: Path, key: string, allowed: readonly string[]): Mistake {
  const all = allowed.length > 0 ? `allowed here: ${allowed.join(', ')}` : undefined;
  return {
    code: 'unknown-key',
    message: `unknown key ${quoted(key)}${inside(parent)}`,
    hint: didYouMean(key, allowed) ?? all,
  };
}

/** `"url" is missing in destinations.splunk`. */
export function missingKey(parent: Path, key: string, wanted: string, description?: string): Mistake {
  return {
    code: 'missing-key',
    message: `${quoted(key)} is missing${inside(parent)}`,
    hint: `${key} must be ${wanted}${description === undefined ? '' : `: ${asClause(description)}`}`,
  };
}

/** `alerts[0].to names no destination`. `names` are those of relay.yaml. */
export function unknownDestination(path: Path, name: string, names: readonly string[]): Mistake {
  const all = names.length > 0 ? `destinations: ${names.join(', ')}` : 'relay.yaml has no destinations yet';
  return {
    code: 'unknown-destination',
    message: `${pathText(path)} names no destination`,
    hint: didYouMean(name, names) ?? all,
  };
}

export function duplicateKey(key: string): Mistake {
  return {
    code: 'duplicate-key',
    message: `the key ${quoted(key)} is there twice`,
    hint: 'keep one of them',
  };
}

export function badKey(problem: string): Mistake {
  return { code: 'bad-key', message: `a key ${problem}` };
}

/** `starter`: where a first file of this kind comes from. */
export function emptyFile(starter: string): Mistake {
  return { code: 'empty-file', message: 'the file is empty', hint: starter };
}

export function tooLong(characters: number): Mistake {
  return {
    code: 'too-large',
    message: `the file is longer than ${characters.toLocaleString('en-US')} characters`,
    hint: 'split it',
  };
}

export function tooManyDocuments(most: number): Mistake {
  if (most > 1) {
    const message = `the file has more than ${most.toLocaleString('en-US')} documents`;
    return { code: 'many-documents', message, hint: 'split it' };
  }
  const message = 'the file has more than one document';
  return { code: 'many-documents', message, hint: 'take out the "---" line' };
}

export function tooDeep(levels: number): Mistake {
  return { code: 'too-deep', message: `lists and mappings lie in one another more than ${levels} deep` };
}

export function tooManyValues(most: number): Mistake {
  return { code: 'too-large', message: `the file holds more than ${most.toLocaleString('en-US')} values` };
}

export function tooManyAliases(most: number): Mistake {
  return {
    code: 'too-many-aliases',
    message: `the file has more than ${most.toLocaleString('en-US')} aliases (*name)`,
    hint: 'write the values out',
  };
}

/** What a value is, for `is ...`. */
function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return 'a string';
  if (typeof value === 'boolean') return String(value);
  return Number.isInteger(value) ? 'a number' : 'a number with a fraction';
}

/** `one of "a", "b"`; a single choice stands alone. */
export function oneOf(choices: readonly unknown[]): string {
  const [only] = choices;
  return choices.length === 1 ? quoted(only) : `one of ${choices.map(quoted).join(', ')}`;
}

export function quoted(value: unknown): string {
  return JSON.stringify(typeof value === 'symbol' ? value.toString() : value);
}

/** The first sentence of a key's description, to go on with behind a colon. */
function asClause(description: string): string {
  const [first = ''] = description.split(/(?<=[^.][^.])\.(?:\s+(?=[A-Z])|$)/, 1);
  return /^[A-Z][a-z]/.test(first) ? first.charAt(0).toLowerCase() + first.slice(1) : first;
}

function inside(parent: Path): string {
  return parent.length === 0 ? '' : ` in ${pathText(parent)}`;
}
