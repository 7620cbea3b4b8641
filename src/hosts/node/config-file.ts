/** Reads relay.yaml from disk, with the secrets that it refers to. */
import { access, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { type Environment, withoutLineEnds } from '../../config/fill-in.ts';
import { type ParsedConfig, parseConfig } from '../../config/load.ts';
import { presetPaths } from '../../config/preset-files.ts';
import { logConfig, type RelayConfig } from '../../config/schema.ts';
import { secretReferences } from '../../config/secret-references.ts';
import { secretValues } from '../../config/secrets.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { systemClock } from '../../shared/clock.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { foreignCodeOf, NarrowRelayError } from '../../shared/errors.ts';
import { systemPhrase } from '../../shared/system-errors.ts';
import { type ReadingOptions, readSecretValues, VaultSecrets } from '../secret-values.ts';
import { nodeCredentials } from './credential.ts';
import { presetPath, readPresetFiles } from './preset-files.ts';
import { readSecretFile, secretPath } from './secret-file.ts';

/** relay.yaml cannot be used. Code `config_unreadable` or `config_invalid`. */
export class ConfigError extends NarrowRelayError<CodeOf<'config'>> {
  /** Everything that is wrong, for `config_invalid`. */
  readonly diagnostics: readonly Diagnostic[];
  /** The file's text under its name, literal secrets masked: for `renderDiagnostics`. */
  readonly sources: ReadonlyMap<string, string>;

  constructor(
    code: CodeOf<'config'>,
    message: string,
    details: {
      readonly diagnostics?: readonly Diagnostic[];
      readonly sources?: ReadonlyMap<string, string>;
      readonly cause?: unknown;
    } = {},
  ) {
    super(code, message, { cause: details.cause });
    this.diagnostics = details.diagnostics ?? [];
    this.sources = details.sources ?? new Map();
  }
}

export interface LoadedConfig {
  readonly config: RelayConfig;
  /** The absolute path of the folder relay.yaml is in: `transforms` is relative to it. */
  readonly directory: string;
  /** Diagnostics that are no errors. */
  readonly warnings: readonly Diagnostic[];
  /** Every secret value in it, longest first: logs must not contain any. */
  readonly secrets: readonly string[];
  /** The absolute paths of the files that its secrets come from. */
  readonly secretFiles: readonly string[];
  /** The absolute paths of the preset files that it names. */
  readonly presetFiles: readonly string[];
  /** Whether it refers to secrets in Key Vault. */
  readonly usesVault: boolean;
}

/** How a relay.yaml is read. */
export interface ReadOptions extends ReadingOptions {
  /** Default: that of the process. */
  readonly env?: Environment;
  /** What the process knows of vaults; default: nothing yet. */
  readonly vault?: VaultSecrets;
}

/** The secrets of vaults, asked for with the identity of this process. */
export function nodeVault(): VaultSecrets {
  return new VaultSecrets({
    credential: (authority) => nodeCredentials({ authority }),
    fetch,
    clock: systemClock,
  });
}

type ReadConfig = ParsedConfig & Pick<LoadedConfig, 'secretFiles' | 'presetFiles' | 'usesVault'>;

/** Reads and checks a relay.yaml. Throws {@link ConfigError} with `config_unreadable` when there is no such text. */
export async function readConfigFile(
  file: string,
  { env = process.env, vault = nodeVault(), ...reading }: ReadOptions = {},
): Promise<ReadConfig> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const missing = foreignCodeOf(cause) === 'ENOENT';
    const message = missing
      ? `there is no file ${file}: "xdr-relay init" writes one, --config names another`
      : `${file} cannot be read: ${systemPhrase(foreignCodeOf(cause) ?? 'unknown')}`;
    throw new ConfigError('config_unreadable', message, { cause });
  }
  const text = textIn(bytes, file);
  const pathOf = (path: string) => secretPath(path, dirname(resolve(file)), env.CREDENTIALS_DIRECTORY);
  const sources = { file: (path: string) => readSecretFile(pathOf(path)), vault };
  const secrets = await readSecretValues(text, env, sources, reading);
  const references = secretReferences(text);
  return {
    ...parseConfig(text, file, env, new Map([...secrets, ...(await readPresetFiles(text, file))])),
    secretFiles: references.files.map(pathOf),
    presetFiles: presetPaths(text).map((path) => presetPath(path, file)),
    usesVault: references.vault.length > 0,
  };
}

function textIn(bytes: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ConfigError('config_unreadable', `${file} is not UTF-8 text`, { cause });
  }
}

/**
 * Reads a relay.yaml for use. Throws {@link ConfigError}.
 *
 * The environment variable XDR_RELAY_LOG_LEVEL overrides `log.level`.
 */
export async function loadConfigFile(file: string, options: ReadOptions = {}): Promise<LoadedConfig> {
  const { config, diagnostics, source, origins, presets, secretFiles, presetFiles, usesVault } =
    await readConfigFile(file, options);
  const { env = process.env } = options;
  if (!config) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const [first] = errors;
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    const place = first
      ? `${first.file}:${first.span.line}:${first.span.column}: ${first.message}`
      : `${file} is not valid`;
    throw new ConfigError('config_invalid', `${place}${more}`, {
      diagnostics,
      sources: new Map([[file, source], ...presets.sources]),
    });
  }
  return {
    config: withLogLevel(config, env.XDR_RELAY_LOG_LEVEL && withoutLineEnds(env.XDR_RELAY_LOG_LEVEL)),
    directory: dirname(resolve(file)),
    warnings: diagnostics,
    secrets: secretValues(config, origins),
    secretFiles,
    presetFiles,
    usesVault,
  };
}

function withLogLevel(config: RelayConfig, level: string | undefined): RelayConfig {
  if (level === undefined || level === '') return config;
  const log = logConfig.safeParse({ level });
  if (!log.success) {
    throw new ConfigError(
      'config_invalid',
      'the environment variable XDR_RELAY_LOG_LEVEL must be debug, info, warn or error',
    );
  }
  return { ...config, log: { ...config.log, level: log.data.level } };
}

/** The file with variables that belongs to a relay.yaml: `.env` in the same folder. */
export function envFileBeside(configFile: string): string {
  return join(dirname(resolve(configFile)), '.env');
}

/**
 * The variables of the file `.env` beside a relay.yaml, and those of `own`, which win. Throws {@link ConfigError} if the file is there
 * and cannot be read.
 *
 * @param own the variables that the process was started with, without those of the file.
 */
export async function environmentBeside(configFile: string, own: Environment): Promise<Environment> {
  const file = envFileBeside(configFile);
  try {
    return { ...parseEnv(await readFile(file, 'utf8')), ...own };
  } catch (cause) {
    if (foreignCodeOf(cause) === 'ENOENT') return own;
    throw unreadable(file, cause);
  }
}

/**
 * Puts the variables of the file `.env` beside a relay.yaml into the process's environment, where there is one.
 *
 * Variables that are set already win. Returns the file's path, or undefined.
 */
export async function loadEnvFileBeside(configFile: string): Promise<string | undefined> {
  const file = envFileBeside(configFile);
  try {
    await access(file);
  } catch {
    return undefined;
  }
  try {
    process.loadEnvFile(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
  return file;
}

function unreadable(file: string, cause: unknown): ConfigError {
  const why = systemPhrase(foreignCodeOf(cause) ?? 'unknown');
  return new ConfigError('config_unreadable', `${file} cannot be read: ${why}`, { cause });
}
