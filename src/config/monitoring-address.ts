/** Where a relay on this machine answers to monitoring, read from relay.yaml without checking the rest of it. */
import type { Data } from '../diagnostics/yaml/data.ts';
import { readDataFile } from '../diagnostics/yaml/file.ts';
import { RELAY_YAML } from './document.ts';
import { type Environment, fillIn } from './fill-in.ts';

export interface MonitoringAddress {
  /** An address that this machine can connect to: loopback where the relay listens on every address. */
  readonly host: string;
  /** 0: the relay picked a free one, which the file does not say. */
  readonly port: number;
  /** Whether `/readyz` asks for a key. */
  readonly hasKeys: boolean;
}

/** The defaults of `monitoring` in schema.ts; a test compares the two. Loading the schema takes longer than asking the relay. */
const DEFAULTS = { host: '127.0.0.1', port: 9464 } as const;

/**
 * Reads `monitoring` of a relay.yaml. Never throws: what is missing or wrong counts as the default, since a running relay keeps its
 * settings when somebody breaks the file, and must not be restarted for that.
 *
 * @param text the file's text; undefined if it cannot be read.
 */
export function monitoringAddress(text: string | undefined, env: Environment): MonitoringAddress {
  const data =
    text === undefined ? undefined : readDataFile({ path: 'relay.yaml', text }, RELAY_YAML).file?.data;
  const monitoring = member(data, 'monitoring');
  const keys = member(monitoring, 'keys');
  return {
    host: reachable(hostOf(filled(member(monitoring, 'host'), env))),
    port: portOf(filled(member(monitoring, 'port'), env)),
    hasKeys: Array.isArray(keys) && keys.length > 0,
  };
}

function member(data: Data | undefined, key: string): Data | undefined {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
  return Object.hasOwn(data, key) ? data[key] : undefined;
}

function filled(value: Data | undefined, env: Environment): Data | undefined {
  return typeof value === 'string' ? fillIn(value, env).value : value;
}

function hostOf(value: Data | undefined): string {
  return typeof value === 'string' && value !== '' ? value : DEFAULTS.host;
}

function portOf(value: Data | undefined): number {
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  return typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 65_535
    ? port
    : DEFAULTS.port;
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}
