/** Checks the content of a relay.yaml and builds the configuration from it. */
import type { z } from 'zod';
import type { Diagnostic, Finding } from '../diagnostics/diagnostic.ts';
import { findingsOf } from '../diagnostics/issues.ts';
import { pointer, valueAt } from '../diagnostics/path.ts';
import type { Data } from '../diagnostics/yaml/data.ts';
import { inPlace, readDataFile } from '../diagnostics/yaml/file.ts';
import { checkConfig, checkReferences } from './checks.ts';
import { type ConfigDocument, fillInFile, type Origin, RELAY_YAML } from './document.ts';
import type { Environment } from './fill-in.ts';
import { type RelayConfig, relayConfigSchema } from './schema.ts';
import { findLiteralSecrets, maskLiterals, maskSecretLines } from './secrets.ts';

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
 * Checks the content of a relay.yaml and fills in `${NAME}` from `env`. Pure; never throws.
 *
 * All mistakes are found in one go, each with its place. No diagnostic and no part of `source` holds a value from `env`.
 *
 * @param file the name that diagnostics carry.
 */
export function parseConfig(text: string, file: string, env: Environment): ParsedConfig {
  const read = readDataFile({ path: file, text }, RELAY_YAML);
  if (!read.file) {
    const source = maskSecretLines(text);
    return { config: undefined, diagnostics: read.diagnostics, source, origins: new Map() };
  }
  const document = fillInFile(read.file, text, env);
  const { data, origins } = document;
  const literals = findLiteralSecrets(data, origins);
  const masked = maskLiterals(text, literals, read.file);
  if (read.file.unreadable) {
    return { config: undefined, diagnostics: read.diagnostics, source: maskSecretLines(masked), origins };
  }

  const parsed = parseWithOrigins(data, origins);
  const issues = parsed.error?.issues ?? [];
  const findings = [
    ...literals,
    ...findingsOf(issues, { schema: relayConfigSchema, data, at: [] }),
    ...checkReferences(data),
    ...(parsed.data ? checkConfig(parsed.data) : []),
  ];
  const diagnostics = [
    ...read.diagnostics,
    ...document.diagnostics,
    ...inPlace(withOrigins(findings, document), read.file),
  ];
  const config = diagnostics.some(({ severity }) => severity === 'error') ? undefined : parsed.data;
  return { config, diagnostics, source: masked, origins };
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

/** Findings on values of variables say so; those on values that are not whole say nothing new. */
function withOrigins(findings: readonly Finding[], { origins }: ConfigDocument): Finding[] {
  return findings.flatMap((finding): Finding[] => {
    const origin = origins.get(pointer(finding.path));
    if (origin?.broken) return [];
    if (!origin || finding.atKey || finding.code === 'literal-secret') return [finding];
    const from = `the value comes from ${origin.names.join(', ')}`;
    return [{ ...finding, hint: finding.hint === undefined ? from : `${finding.hint}; ${from}` }];
  });
}
