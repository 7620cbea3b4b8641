/** Puts a changed relay.yaml into force while the relay runs, or keeps the one from before and says why. */
import { changedKeys, changeTo } from '../../../config/changes.ts';
import type { Environment } from '../../../config/fill-in.ts';
import type { RelayConfig } from '../../../config/schema.ts';
import type { Clock } from '../../../shared/clock.ts';
import { loggedError, messageOf } from '../../../shared/errors.ts';
import type { LogFields } from '../../../shared/logger.ts';
import type { Metrics } from '../../../shared/metrics.ts';
import { slept } from '../../../shared/slept.ts';
import { Wake } from '../../../shared/wake.ts';
import type { Freshness, ReadingOptions, VaultSecrets } from '../../secret-values.ts';
import {
  ConfigError,
  envFileBeside,
  environmentBeside,
  type LoadedConfig,
  loadConfigFile,
} from '../config-file.ts';
import type { NodeLogger } from '../logger.ts';
import { watchFiles } from './watch-files.ts';

/** A part of the process that works by the configuration. */
export interface Reloadable {
  /**
   * Makes ready for another configuration. Throws a RelayError if it cannot work by it. Nothing has changed before one of the two
   * functions is called.
   */
  prepare(loaded: Pick<LoadedConfig, 'config' | 'secrets'>): Promise<Prepared>;
}

export interface Prepared {
  apply(): Promise<void>;
  drop(): Promise<void>;
}

export interface ReloaderOptions {
  readonly configFile: string;
  /** The variables that the process was started with, without those of the file `.env`. */
  readonly environment: Environment;
  readonly vault: VaultSecrets;
  /** What the process was started with. */
  readonly loaded: LoadedConfig;
  readonly parts: readonly Reloadable[];
  readonly clock: Clock;
  readonly logger: NodeLogger;
  readonly metrics: Metrics;
  /** Told about each refusal, and with undefined when a configuration is good again and at the end. Never rejects. */
  readonly onRefused: (message: string | undefined) => Promise<void>;
}

/** Why the configuration is read again. */
export type Reason =
  | 'started'
  | 'SIGHUP'
  | 'files changed'
  | 'Key Vault'
  | 'rules changed'
  | 'refused before';

/** Two reloads begin at least so far apart, however often files change. Milliseconds. */
const APART_MS = 1_000;
/** What was refused may be good without another change of it: a vault is back, a thread is ready. Milliseconds. */
const AGAIN_MS = 60_000;

/** Reads the configuration again, one reload after the other. */
export class Reloader {
  readonly #options: ReloaderOptions;
  /** What is in force. */
  #running: RelayConfig;
  /** What the file had when it was last put into force. */
  #file: LoadedConfig;
  #refused: string | undefined;
  #wanted: { readonly reason: Reason; readonly freshness: Freshness } | undefined;
  readonly #woken = new Wake();

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#running = options.loaded.config;
    this.#file = options.loaded;
  }

  /** What is in force. */
  get running(): RelayConfig {
    return this.#running;
  }

  /** Asks for a reload soon. Several requests become one. */
  request(reason: Reason): void {
    if (reason === 'rules changed' && this.#refused === undefined) return;
    const freshness = reason === 'SIGHUP' || reason === 'Key Vault' ? 'fresh' : 'known';
    const isFresh = this.#wanted?.freshness === 'fresh' || freshness === 'fresh';
    this.#wanted = { reason, freshness: isFresh ? 'fresh' : 'known' };
    this.#woken.wake();
  }

  /** Reloads when files change or a reload is asked for, until stopped. Never rejects. */
  async run(stop: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const watch = watchFiles(() => this.request('files changed'), clock);
    const regularly = Promise.all([this.#askVault(stop), this.#tryAgain(stop)]);
    // The files may have changed since the process read them.
    this.request('started');
    while (!stop.aborted) {
      const wanted = this.#wanted;
      if (!wanted) {
        await this.#woken.next(stop);
        continue;
      }
      this.#wanted = undefined;
      const files = this.#files(this.#file);
      await watch.begin(files);
      const loaded = await this.#reload(wanted.reason, { freshness: wanted.freshness, signal: stop });
      // Other files than were watched while they were read.
      if (loaded && this.#files(loaded).join('\n') !== files.join('\n')) this.request('started');
      await slept(clock, APART_MS, stop);
    }
    watch.close();
    if (this.#refused !== undefined) await this.#options.onRefused(undefined);
    await regularly;
  }

  #files({ secretFiles, presetFiles }: LoadedConfig): readonly string[] {
    const { configFile } = this.#options;
    return [configFile, envFileBeside(configFile), ...secretFiles, ...presetFiles];
  }

  async #askVault(stop: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const pause = () => this.#running.key_vault_refresh * (0.9 + Math.random() * 0.2);
    while (await slept(clock, pause(), stop)) if (this.#file.usesVault) this.request('Key Vault');
  }

  async #tryAgain(stop: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (await slept(clock, AGAIN_MS, stop))
      if (this.#refused !== undefined) this.request('refused before');
  }

  /** Undefined if it was refused. */
  async #reload(reason: Reason, reading: ReadingOptions): Promise<LoadedConfig | undefined> {
    const { configFile, environment, vault } = this.#options;
    try {
      const env = await environmentBeside(configFile, environment);
      const loaded = await loadConfigFile(configFile, { env, vault, ...reading });
      await this.#change(loaded, reason);
      return loaded;
    } catch (error) {
      if (!reading.signal?.aborted) await this.#refuse(error);
      return undefined;
    }
  }

  async #change(loaded: LoadedConfig, reason: Reason): Promise<void> {
    const { config, applied, needRestart } = changeTo(this.#running, loaded.config);
    const { logger, metrics } = this.#options;
    if (applied.length > 0) await this.#apply({ config, secrets: loaded.secrets });
    const isNew = changedKeys(this.#file.config, loaded.config).length > 0;
    this.#file = loaded;
    await this.#good();
    metrics.gauge('xdr_relay_config_restart_needed', needRestart.length > 0 ? 1 : 0);
    if (applied.length > 0) {
      metrics.count('xdr_relay_config_reloads_total', { result: 'applied' });
      logger.info('relay.yaml was read again, and what changed is in force', { reason, changed: applied });
    } else if (reason === 'SIGHUP' && needRestart.length === 0) {
      logger.info('relay.yaml was read again: nothing has changed', { reason });
    }
    if (needRestart.length > 0 && (isNew || reason === 'SIGHUP')) {
      logger.warn('Changes of relay.yaml need a restart to come into force', {
        reason,
        needs_restart: needRestart,
      });
    }
  }

  /** All parts, or none. */
  async #apply(next: Pick<LoadedConfig, 'config' | 'secrets'>): Promise<void> {
    const { parts, logger } = this.#options;
    // The parts may log with the new secrets from now on, whether they are used or not.
    logger.change({ level: this.#running.log.level, secrets: next.secrets });
    const prepared: Prepared[] = [];
    try {
      for (const part of parts) prepared.push(await part.prepare(next));
    } catch (error) {
      await Promise.all(prepared.map((each) => each.drop()));
      throw error;
    }
    for (const each of prepared) {
      await each.apply().catch((error: unknown) => {
        logger.error('A part of the relay did not take the changed relay.yaml; restart it', {
          ...loggedError(error),
        });
      });
    }
    this.#running = next.config;
    logger.change({ level: next.config.log.level, secrets: next.secrets });
  }

  async #refuse(error: unknown): Promise<void> {
    const { logger, metrics, onRefused } = this.#options;
    metrics.gauge('xdr_relay_config_refused', 1);
    metrics.count('xdr_relay_config_reloads_total', { result: 'refused' });
    const before = this.#refused;
    this.#refused = messageOf(error);
    if (before !== this.#refused) {
      logger.error(
        'The changed relay.yaml was refused; the one from before stays in force',
        refusalFields(error),
      );
    }
    await onRefused(this.#refused);
  }

  async #good(): Promise<void> {
    const { logger, metrics, onRefused } = this.#options;
    metrics.gauge('xdr_relay_config_refused', 0);
    if (this.#refused === undefined) return;
    this.#refused = undefined;
    logger.info('relay.yaml is correct again');
    await onRefused(undefined);
  }
}

/** Each mistake with its place, on one line. */
function refusalFields(error: unknown): LogFields {
  if (!(error instanceof ConfigError) || error.diagnostics.length === 0) return { ...loggedError(error) };
  const errors = error.diagnostics.filter(({ severity }) => severity === 'error');
  return {
    ...loggedError(error),
    mistakes: errors.map(({ span, message, code }) => `${span.line}:${span.column} ${message} [${code}]`),
  };
}
