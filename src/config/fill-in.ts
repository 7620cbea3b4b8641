/** Fills in `${NAME}`, `${file:PATH}` and `${keyvault:NAME}` in the values of relay.yaml. */

/** Where a reference's value comes from. */
export type ReferenceKind = 'variable' | 'secret_file' | 'key_vault';

/** One `${...}`, or something that looks like one, in a string. */
export interface Reference {
  /** The reference as written, e.g. `${SPLUNK_TOKEN}`. */
  readonly text: string;
  /** Undefined if what is between the braces is no reference. */
  readonly kind: ReferenceKind | undefined;
  /** The variable's name, the file's path, or the secret's name; undefined if what is between the braces is no reference. */
  readonly name: string | undefined;
  /** Why the reference cannot be filled in; undefined if it can. `unread` has a sentence in `trouble`. */
  readonly problem: 'not-set' | 'empty' | 'not-a-name' | 'unread' | undefined;
  /** What reading the file or asking the vault found; never contains a value. */
  readonly trouble?: string;
}

export interface FilledIn {
  readonly value: string;
  readonly references: readonly Reference[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What reading a secret's file, or asking the vault for it, gave: the value, or a sentence why there is none. */
export type SecretValue = { readonly value: string } | { readonly trouble: string };

/**
 * What the host has read for the references that are no variables, by their text between the braces: `file:/run/secrets/token`; and of
 * preset files, by `preset:` and their path.
 */
export type SecretValues = ReadonlyMap<string, SecretValue>;

/**
 * Removes line ends from the end of a variable's value, wherever variables are read: files written by `echo`, and Kubernetes
 * secrets made from such files, end with one.
 */
export function withoutLineEnds(value: string): string {
  return value.replace(/[\r\n]+$/, '');
}

const TOKEN = /\$\$|\$\{([^}\n]*)\}?/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** The longest path that Linux opens (PATH_MAX) is 4,096 bytes. */
const FILE = /^file:([^\p{Cc}]{1,4000})$/u;
/**
 * A secret's name is 1 to 127 letters, digits and hyphens; a version is 32 hexadecimal digits (Microsoft Learn, "Azure Key Vault
 * keys, secrets, and certificates overview").
 */
const KEY_VAULT = /^keyvault:([0-9A-Za-z-]{1,127}(?:\/[0-9a-f]{32})?)$/;

/**
 * Replaces each reference by its value without line ends at its end; `$$` stands for one `$`. References inside a value
 * are not replaced. A reference with a problem is replaced by an empty string.
 *
 * @param secrets what the host has read. A reference that it does not have has the problem `unread`.
 */
export function fillIn(text: string, env: Environment, secrets: SecretValues = new Map()): FilledIn {
  const references: Reference[] = [];
  const value = text.replace(TOKEN, (token: string, inner: string | undefined) => {
    if (token === '$$') return '$';
    const { found, ...reference } = resolve(token, token.endsWith('}') ? inner : undefined, env, secrets);
    references.push(reference);
    return found ?? '';
  });
  return { value, references };
}

/** The file paths and the names in the vault that a string refers to. */
export function secretsIn(text: string): { readonly files: string[]; readonly vault: string[] } {
  const { references } = fillIn(text, {});
  const namesOf = (kind: ReferenceKind) =>
    references.flatMap((reference) => (reference.kind === kind ? (reference.name ?? []) : []));
  return { files: namesOf('secret_file'), vault: namesOf('key_vault') };
}

function resolve(
  text: string,
  inner: string | undefined,
  env: Environment,
  secrets: SecretValues,
): Reference & { readonly found?: string | undefined } {
  if (inner === undefined) return { text, kind: undefined, name: undefined, problem: 'not-a-name' };
  const file = FILE.exec(inner)?.[1];
  const name = file ?? KEY_VAULT.exec(inner)?.[1];
  if (name !== undefined) {
    const kind = file === undefined ? 'key_vault' : 'secret_file';
    const read = secrets.get(inner) ?? { trouble: 'it was not read' };
    if ('trouble' in read) return { text, kind, name, problem: 'unread', trouble: read.trouble };
    const found = withoutLineEnds(read.value);
    return { text, kind, name, problem: found === '' ? 'empty' : undefined, found };
  }
  if (!NAME.test(inner)) return { text, kind: undefined, name: undefined, problem: 'not-a-name' };
  const given = Object.hasOwn(env, inner) ? env[inner] : undefined;
  const found = given === undefined ? undefined : withoutLineEnds(given);
  const problem = found === undefined ? 'not-set' : found === '' ? 'empty' : undefined;
  return { text, kind: 'variable', name: inner, problem, found };
}
