/** Checks the text of a relay.yaml and makes the configuration of it. */
import type { z } from 'zod';
import type { Diagnostic, Span } from '../diagnostics/diagnostic.ts';
import { type Path, pointer, valueAt } from '../diagnostics/path.ts';
import { checkConfig, checkReferences } from './checks.ts';
import { type ConfigDocument, type Data, type Origin, readDocument } from './document.ts';
import type { Environment } from './fill-in.ts';
import { type Finding, findingsOf } from './issues.ts';
import { type RelayConfig, relayConfigSchema } from './schema.ts';
import { findLiteralSecrets, maskLiterals } from './secrets.ts';

/** What became of a relay.yaml. */
export interface ParsedConfig {
  /** Present exactly when no diagnostic is an error. */
  readonly config: RelayConfig | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** The file's text with secrets that were written out in it masked: what may be shown beside the diagnostics. */
  readonly source: string;
  /** The values that came from the environment, by JSON Pointer. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/**
 * Checks the text of a relay.yaml and fills in `${NAME}` from `env`. Pure; never throws.
 *
 * All mistakes are found in one go, each with its place. No diagnostic and no part of `source` holds a value from `env`.
 *
 * @param file the name that diagnostics carry.
 */
export function parseConfig(text: string, file: string, env: Environment): ParsedConfig {
  const document = readDocument(text, file, env);
  const { data, origins } = document;
  const literals = data === undefined ? [] : findLiteralSecrets(data, origins);
  const source = maskLiterals(text, literals, document);
  const failed = (diagnostics: readonly Diagnostic[]): ParsedConfig => ({
    config: undefined,
    diagnostics,
    source,
    origins,
  });
  if (document.unreadable) return failed(document.diagnostics);
  if (data === undefined || data === null) return failed([emptyFile(file)]);

  const parsed = parseWithOrigins(data, origins);
  const findings = [
    ...literals,
    ...(parsed.error?.issues ?? []).flatMap((issue) => findingsOf(issue, data)),
    ...checkReferences(data),
    ...(parsed.data ? checkConfig(parsed.data) : []),
  ];
  const diagnostics = [...document.diagnostics, ...locate(findings, document, file)];
  const config = diagnostics.some(({ severity }) => severity === 'error') ? undefined : parsed.data;
  return { config, diagnostics, source, origins };
}

/** Values from the environment are text: where the schema wants a number or a boolean, they are read as one. */
function parseWithOrigins(
  data: Data,
  origins: ReadonlyMap<string, Origin>,
): z.ZodSafeParseResult<RelayConfig> {
  const first = relayConfigSchema.safeParse(data);
  let changed = false;
  for (const issue of first.error?.issues ?? []) {
    if (issue.code !== 'invalid_type' || !origins.has(pointer(issue.path))) continue;
    const value = typedValue(valueAt(data, issue.path), issue.expected);
    const parent = valueAt(data, issue.path.slice(0, -1));
    const key = issue.path.at(-1);
    if (value === undefined || typeof parent !== 'object' || parent === null || key === undefined) continue;
    Reflect.set(parent, key, value);
    changed = true;
  }
  return changed ? relayConfigSchema.safeParse(data) : first;
}

function typedValue(text: unknown, expected: string): number | boolean | undefined {
  if (typeof text !== 'string') return undefined;
  if (expected === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  const numeric = (expected === 'number' || expected === 'int') && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text);
  return numeric ? Number(text) : undefined;
}

/** Gives each finding its place. One for each value: the first says what is wrong, what follows from it is noise. */
function locate(findings: readonly Finding[], document: ConfigDocument, file: string): Diagnostic[] {
  const seen = new Set<string>();
  return findings.flatMap(
    ({ severity = 'error', code, path, atKey = false, message, hint }): Diagnostic[] => {
      const where = pointer(path);
      const once = atKey ? `${where} ${message}` : where;
      const origin = document.origins.get(where);
      if (seen.has(once) || origin?.broken) return [];
      seen.add(once);
      const span = placeOf(path, atKey, document);
      const from =
        origin && !atKey && code !== 'literal-secret'
          ? `the value comes from ${origin.names.join(', ')}`
          : undefined;
      const advice = [hint, from].filter((part) => part !== undefined).join('; ');
      return [{ severity, code, file, span, message, ...(advice === '' ? {} : { hint: advice }) }];
    },
  );
}

/** The place of a value or its key; of the nearest mapping around it where the file does not have it. */
function placeOf(path: Path, atKey: boolean, { places }: ConfigDocument): Span {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const place = places.get(pointer(path.slice(0, depth)));
    if (!place) continue;
    return (atKey || depth < path.length) && place.key ? place.key : place.value;
  }
  return { line: 1, column: 1, length: 0 };
}

function emptyFile(file: string): Diagnostic {
  return {
    severity: 'error',
    code: 'empty-file',
    file,
    span: { line: 1, column: 1, length: 0 },
    message: 'the file is empty',
    hint: '"xdr-relay init" writes a commented one',
  };
}
