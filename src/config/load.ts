/** Checks the content of a relay.yaml and builds the configuration from it. */
import type { z } from 'zod';
import type { Diagnostic, Finding } from '../diagnostics/diagnostic.ts';
import { findingsOf } from '../diagnostics/issues.ts';
import { pointer, valueAt } from '../diagnostics/path.ts';
import type { Data } from '../diagnostics/yaml/data.ts';
import { inPlace, readDataFile } from '../diagnostics/yaml/file.ts';
import { checkConfig, checkReferences } from './checks.ts';
import { type ConfigDocument, fillInFile, type Origin, RELAY_YAML } from './document.ts';
import type { Environment, SecretValues } from './fill-in.ts';
import { withReplacement } from './former-keys.ts';
import { isAboutPreset, type PlacedPresets, placePresets } from './preset-files.ts';
import { withPreset } from './preset-hints.ts';
import { type RelayConfig, relayConfigSchema } from './schema.ts';
import { findLiteralSecrets, findWeakSecrets, maskLiterals, maskSecretLines } from './secrets.ts';

/** zod would write a program for each object's schema and have it compiled, which pays for what is read often. */
const READ_ONCE = { jitless: true } as const;

/** The result of parsing a relay.yaml. */
export interface ParsedConfig {
  /** Present exactly when no diagnostic is an error. */
  readonly config: RelayConfig | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** The file's text with written-out secrets masked, which is safe to show beside the diagnostics. */
  readonly source: string;
  /** The preset files that it names: their texts, by the names that diagnostics have, and where they were put in place. */
  readonly presets: Pick<PlacedPresets, 'sources' | 'placed'>;
  /** The values that came from the environment, files and Key Vault, by JSON Pointer. */
  readonly origins: ReadonlyMap<string, Origin>;
}

/**
 * Checks the content of a relay.yaml and fills in `${NAME}` from `env`, and the other references from `secrets`. Pure; never throws.
 *
 * Finds all mistakes in one run, each with its place. No diagnostic and no part of `source` contains a value from `env` or `secrets`.
 *
 * @param file the name that diagnostics carry.
 * @param secrets what the host has read for the references that {@link secretReferences} finds in the text, and of the files that
 *   `presetPaths` finds.
 */
export function parseConfig(
  text: string,
  file: string,
  env: Environment,
  secrets: SecretValues = new Map(),
): ParsedConfig {
  const read = readDataFile({ path: file, text }, RELAY_YAML);
  if (!read.file) {
    const source = maskSecretLines(text);
    return { ...NOTHING, diagnostics: read.diagnostics, source };
  }
  const document = fillInFile(read.file, text, { env, secrets });
  const { data, origins } = document;
  const literals = findLiteralSecrets(data, origins);
  const masked = maskLiterals(text, literals, read.file);
  if (read.file.unreadable) {
    return { ...NOTHING, diagnostics: read.diagnostics, source: maskSecretLines(masked), origins };
  }

  const presets = placePresets(data, secrets, file);
  const parsed = parseWithOrigins(data, origins);
  const issues = parsed.error?.issues ?? [];
  const findings = [
    ...literals,
    ...presets.findings,
    ...findingsOf(issues, { schema: relayConfigSchema, data, at: [] })
      .filter((finding) => !isAboutPreset(finding, presets.findings))
      .map((finding) => withPreset(withReplacement(finding), data)),
    ...checkReferences(data),
    ...(parsed.data ? checkConfig(parsed.data) : []),
    // Behind the errors: of two findings of one place, the first is shown.
    ...findWeakSecrets(data),
  ];
  const diagnostics = [
    ...read.diagnostics,
    ...document.diagnostics,
    ...inPlace(withOrigins(findings, document), read.file),
    ...presets.diagnostics,
  ];
  const config = diagnostics.some(({ severity }) => severity === 'error') ? undefined : parsed.data;
  return { config, diagnostics, source: masked, origins, presets };
}

const NOTHING = {
  config: undefined,
  origins: new Map<string, Origin>(),
  presets: { sources: new Map<string, string>(), placed: [] },
} as const;

/** Parses values from elsewhere, which are strings, as numbers or booleans where the schema expects those. */
function parseWithOrigins(
  data: Data,
  origins: ReadonlyMap<string, Origin>,
): z.ZodSafeParseResult<RelayConfig> {
  const first = relayConfigSchema.safeParse(data, READ_ONCE);
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
  return changed ? relayConfigSchema.safeParse(data, READ_ONCE) : first;
}

function typedValue(text: unknown, expected: string): number | boolean | undefined {
  if (typeof text !== 'string') return undefined;
  if (expected === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  const numeric = (expected === 'number' || expected === 'int') && /^-?\d{1,15}(?:\.\d{1,15})?$/.test(text);
  return numeric ? Number(text) : undefined;
}

/** Adds to findings on values from elsewhere where they come from, and drops findings on values of which a part is missing. */
function withOrigins(findings: readonly Finding[], { origins }: ConfigDocument): Finding[] {
  return findings.flatMap((finding): Finding[] => {
    const origin = origins.get(pointer(finding.path));
    if (origin?.broken) return [];
    if (!origin || finding.atKey || finding.code === 'literal-secret') return [finding];
    const from = `the value comes from ${origin.names.join(', ')}`;
    return [{ ...finding, hint: finding.hint === undefined ? from : `${finding.hint}; ${from}` }];
  });
}
