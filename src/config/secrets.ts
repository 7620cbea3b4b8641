/** Finds secrets that are written out in relay.yaml, and hides them. */
import type { Finding } from '../diagnostics/diagnostic.ts';
import { type Path, pathText, pointer, valueAt } from '../diagnostics/path.ts';
import type { Data } from '../diagnostics/yaml/data.ts';
import type { DataFile } from '../diagnostics/yaml/file.ts';
import { canBeHidden } from '../shared/hide-secrets.ts';
import type { Origin } from './document.ts';
import { type RelayConfig, relayConfigSchema } from './schema.ts';
import { secretKeys, visitSecrets } from './secret-keys.ts';

const SECRET_HEADER = /authorization|cookie|token|secret|password|key|signature/i;
/** Matches a value that is one reference and nothing else. */
const REFERENCE_ALONE = /^\$\{(?:\w+|(?:file|keyvault):[\w./-]+)\}\s*$/;

/** Reports secrets that the file contains themselves instead of `${NAME}`. */
export function findLiteralSecrets(data: Data, origins: ReadonlyMap<string, Origin>): readonly Finding[] {
  const found: Finding[] = [];
  const report = (path: Path, what: string) => {
    const name = variableName(path);
    found.push({
      code: 'literal-secret',
      path,
      message: `${pathText(path)} ${what}, and secrets do not belong in the file`,
      // "${" is relay.yaml's syntax here, not a template.
      hint: `write ${'$'}{${name}} and set ${name} in the environment, or in the file .env`,
    });
  };
  visitSecrets(relayConfigSchema, data, (path, value, secrecy) => {
    if (value === null || value === '') return;
    const isHeader = path.at(-2) === 'headers' && SECRET_HEADER.test(String(path.at(-1)));
    if (origins.has(pointer(path))) return;
    if (secrecy === 'always' ? !isDevelopmentStorage(value) : isHeader) report(path, 'is a secret');
  });
  visitTexts(data, [], (path, text) => {
    if (found.some((one) => pointer(one.path) === pointer(path))) return;
    const written = origins.get(pointer(path))?.text.replace(/\$\{[^}]*\}/g, '') ?? text;
    if (carriesSecret(written)) report(path, 'holds a password, a key or a signature');
  });
  return found;
}

/** The file's text with each character of written-out secrets replaced by `*`, so that the places of findings stay correct. */
export function maskLiterals(text: string, literals: readonly Finding[], file: DataFile): string {
  let masked = text;
  for (const { path } of literals) {
    const [start, end] = file.range(path) ?? [0, 0];
    masked = masked.slice(0, start) + stars(masked.slice(start, end)) + masked.slice(end);
  }
  return masked;
}

/** The content of a file that is not valid YAML, with the rest of each line masked whose key may hold a secret. */
export function maskSecretLines(text: string): string {
  return text.replace(secretKeyLine(), (line, key: string, value: string) =>
    REFERENCE_ALONE.test(value) ? line : key + stars(value),
  );
}

/** Matches a line whose key is a secret of the schema. Made where it is needed: it takes a walk through the whole schema. */
function secretKeyLine(): RegExp {
  const keys = [...secretKeys(relayConfigSchema)].join('|');
  return new RegExp(`^([ \\t]*(?:-[ \\t]+)?["']?(?:${keys})["']?[ \\t]*:[ \\t]+)(\\S.*)$`, 'gm');
}

/** Warns about secrets that are so short that logs cannot hide them without hiding ordinary words. */
export function findWeakSecrets(data: Data): readonly Finding[] {
  const found: Finding[] = [];
  visitSecrets(relayConfigSchema, data, (path, value, secrecy) => {
    if (secrecy !== 'always' || typeof value !== 'string' || value === '' || canBeHidden(value)) return;
    found.push({
      severity: 'warning',
      code: 'weak-secret',
      path,
      message: `${pathText(path)} is shorter than 8 characters, so that logs cannot hide it without hiding ordinary words`,
      hint: 'use a longer secret, which is harder to guess too',
    });
  });
  return found;
}

/**
 * Every secret value in a config that can be hidden, longest first. Logs must not contain any of them.
 *
 * @param origins where values come from: those from files and Key Vault are secret, whatever their key.
 */
export function secretValues(
  config: RelayConfig,
  origins: ReadonlyMap<string, Origin> = new Map(),
): readonly string[] {
  const values = new Set<string>();
  const add = (value: unknown) => {
    if (typeof value === 'string' && canBeHidden(value)) values.add(value);
  };
  visitSecrets(relayConfigSchema, config, (_path, value, secrecy) => {
    if (secrecy === 'always') add(value);
  });
  for (const { path, isSecret } of origins.values()) if (isSecret) add(valueAt(config, path));
  return [...values].sort((a, b) => b.length - a.length);
}

function isDevelopmentStorage(value: unknown): boolean {
  return typeof value === 'string' && /^UseDevelopmentStorage=true;?$/i.test(value);
}

/** Names under which products take a key in the query of an address; what is shorter may be something else. */
const SECRET_QUERY =
  /[?&](?:token|(?:access|auth|api|bearer)[-_]?token|(?:api|access|subscription|function)[-_]?key|key|code|secret|password|passwd|auth|authorization)=[^&#]{8}/i;

/** Whether a string contains a secret: a password, a key or a shared access signature in an address, a key in a connection string. */
function carriesSecret(text: string): boolean {
  if (/(?:^|;)\s*(?:AccountKey|SharedAccessSignature)=[^;\s]/i.test(text)) return true;
  const scheme = /^https?:\/\//i.exec(text)?.[0];
  if (scheme === undefined) return false;
  if (/[?&]sig=[^&#]/i.test(text) || SECRET_QUERY.test(text)) return true;
  const [authority = ''] = text.slice(scheme.length).split(/[/?#]/, 1);
  const user = authority.slice(0, Math.max(authority.lastIndexOf('@'), 0));
  return user.includes(':') && !user.endsWith(':');
}

function visitTexts(data: Data, path: Path, visit: (path: Path, text: string) => void): void {
  if (typeof data === 'string') visit(path, data);
  if (typeof data !== 'object' || data === null) return;
  for (const [key, value] of Object.entries(data)) {
    visitTexts(value, [...path, Array.isArray(data) ? Number(key) : key], visit);
  }
}

/** Suggests a variable's name for a path: `destinations.soc-slack.webhook_url` -> `SOC_SLACK_WEBHOOK_URL`. */
function variableName(path: Path): string {
  const steps = path[0] === 'destinations' ? path.slice(1) : path;
  const name = steps
    .filter((step) => typeof step === 'string')
    .join('_')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_');
  return /^[A-Z]/.test(name) ? name : `RELAY_${name}`;
}

function stars(text: string): string {
  return text.replace(/[^\s]/g, '*');
}
