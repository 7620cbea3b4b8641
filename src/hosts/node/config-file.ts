/** Reads relay.yaml from disk. */
import { access, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Environment, withoutLineEnds } from '../../config/fill-in.ts';
import { type ParsedConfig, parseConfig } from '../../config/load.ts';
import { logConfig, type RelayConfig } from '../../config/schema.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { CodeOf } from '../../shared/error-codes.ts';
import { foreignCodeOf, NarrowRelayError } from '../../shared/errors.ts';
import { systemPhrase } from '../../shared/system-errors.ts';

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
}

/** Reads and checks a relay.yaml. Throws {@link ConfigError} with `config_unreadable` when there is no such text. */
export async function readConfigFile(file: string, env: Environment = process.env): Promise<ParsedConfig> {
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
  try {
    return parseConfig(new TextDecoder('utf-8', { fatal: true }).decode(bytes), file, env);
  } catch (cause) {
    throw new ConfigError('config_unreadable', `${file} is not UTF-8 text`, { cause });
  }
}

/**
 * Reads a relay.yaml for use. Throws {@link ConfigError}.
 *
 * The environment variable XDR_RELAY_LOG_LEVEL overrides `log.level`.
 */
export async function loadConfigFile(file: string, env: Environment = process.env): Promise<LoadedConfig> {
  const { config, diagnostics, source } = await readConfigFile(file, env);
  if (!config) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error');
    const [first] = errors;
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    const place = first ? `:${first.span.line}:${first.span.column}: ${first.message}` : ' is not valid';
    throw new ConfigError('config_invalid', `${file}${place}${more}`, {
      diagnostics,
      sources: new Map([[file, source]]),
    });
  }
  return {
    config: withLogLevel(config, env.XDR_RELAY_LOG_LEVEL && withoutLineEnds(env.XDR_RELAY_LOG_LEVEL)),
    directory: dirname(resolve(file)),
    warnings: diagnostics,
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
  return { ...config, log: log.data };
}

/**
 * Puts the variables of the file `.env` beside a relay.yaml into the process's environment, where there is one.
 *
 * Variables that are set already win. Returns the file's path, or undefined.
 */
export async function loadEnvFileBeside(configFile: string): Promise<string | undefined> {
  const file = join(dirname(resolve(configFile)), '.env');
  try {
    await access(file);
  } catch {
    return undefined;
  }
  try {
    process.loadEnvFile(file);
  } catch (cause) {
    throw new ConfigError(
      'config_unreadable',
      `${file} cannot be read: ${systemPhrase(foreignCodeOf(cause) ?? 'unknown')}`,
      {
        cause,
      },
    );
  }
  return file;
}
