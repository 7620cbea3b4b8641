/** Fills in `${NAME}` in the values of relay.yaml from the environment. */

/** One `${NAME}`, or something that looks like one, in a string. */
export interface Reference {
  /** The reference as written, e.g. `${SPLUNK_TOKEN}`. */
  readonly text: string;
  /** The variable's name; undefined if the text between the braces is not a valid name. */
  readonly name: string | undefined;
  /** Why the reference cannot be filled in; undefined if it can. */
  readonly problem: 'not-set' | 'empty' | 'not-a-name' | undefined;
}

export interface FilledIn {
  readonly value: string;
  readonly references: readonly Reference[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Removes line ends from the end of a variable's value, wherever variables are read: files written by `echo`, and Kubernetes
 * secrets made from such files, end with one.
 */
export function withoutLineEnds(value: string): string {
  return value.replace(/[\r\n]+$/, '');
}

const TOKEN = /\$\$|\$\{([^}\n]*)\}?/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Replaces each `${NAME}` by the variable's value without line ends at its end; `$$` stands for one `$`. References inside a value
 * are not replaced. A reference with a problem is replaced by an empty string.
 */
export function fillIn(text: string, env: Environment): FilledIn {
  const references: Reference[] = [];
  const value = text.replace(TOKEN, (token: string, inner: string | undefined) => {
    if (token === '$$') return '$';
    const name = inner !== undefined && token.endsWith('}') && NAME.test(inner) ? inner : undefined;
    const given = name !== undefined && Object.hasOwn(env, name) ? env[name] : undefined;
    const found = given === undefined ? undefined : withoutLineEnds(given);
    references.push({ text: token, name, problem: problemOf(name, found) });
    return found ?? '';
  });
  return { value, references };
}

function problemOf(name: string | undefined, value: string | undefined): Reference['problem'] {
  if (name === undefined) return 'not-a-name';
  if (value === undefined) return 'not-set';
  return value === '' ? 'empty' : undefined;
}
