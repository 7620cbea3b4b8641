/** Compares two configurations: which keys differ, and which of them a running relay can put into force. */
import { formerNames } from './former-names.ts';
import type { RelayConfig } from './schema.ts';
import { stdoutDestinations } from './standard-output.ts';

/** What a running relay makes of a changed relay.yaml. Keys are named as `destinations.splunk.token`; values are nowhere in it. */
export interface ConfigChange {
  /** What can be in force without a restart: the changed file, with the values from before of the keys that need one. */
  readonly config: RelayConfig;
  /** The keys that differ from what was in force, and come into force. */
  readonly applied: readonly string[];
  /** The keys that differ from what is in force, and need a restart. */
  readonly needRestart: readonly string[];
}

/** The keys whose values can change in a running relay, and all keys below them. */
const LIVE: readonly string[] = [
  'destinations',
  'default_destinations',
  'alerts',
  'defender_alerts',
  'links',
  'operational',
  'variables',
  'list_feeds',
  'server.keys',
  'server.authentication',
  'server.entra',
  'server.allowed_origins',
  'server.body_limit',
  'monitoring.keys',
  'console.public_url',
  'console.login',
  'console.rows',
  'telemetry.headers',
  'telemetry.sample',
  'telemetry.columns',
  'tail',
  'delivery',
  'dead_letters',
  'limits.row',
  'limits.buffer',
  'limits.memory',
  'log',
  'key_vault',
  'key_vault_refresh',
];

/**
 * The keys that stay as they are where destinations cannot change without a restart: the offsets of one move to another name only at a
 * start, as the log leaves standard output to the rows of one only at a start.
 */
const NAMED: readonly string[] = ['destinations', 'default_destinations', 'alerts', 'operational'];

/** Decides what of a changed configuration comes into force. Pure. @param running what is in force. */
export function changeTo(running: RelayConfig, next: RelayConfig): ConfigChange {
  const isHeld = hasNewFormerNames(running, next) || hasOtherOutput(running, next);
  // A console that is taken out closes at once, as nobody shall look any more. One that is added is a port, which only a start opens.
  const isAdded = running.console === undefined;
  const live = LIVE.filter(
    (key) => !(isHeld && NAMED.includes(key)) && !(isAdded && key.startsWith('console.')),
  );
  if (next.console === undefined) live.push('console');
  const config = structuredClone(running);
  for (const key of live) take(config, structuredClone(next), key.split('.'));
  return { config, applied: changedKeys(running, config), needRestart: changedKeys(config, next) };
}

/** The keys with different values. A key that only one of the two has is named without the keys below it; a list is one value. */
export function changedKeys(before: unknown, after: unknown, at = ''): readonly string[] {
  if (!isObject(before) || !isObject(after)) return isSame(before, after) ? [] : [at];
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => changedKeys(before[key], after[key], at === '' ? key : `${at}.${key}`));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Both are data from YAML, in the order that the schema gives their keys. */
function isSame(before: unknown, after: unknown): boolean {
  return before === after || JSON.stringify(before) === JSON.stringify(after);
}

/** Whether a destination has a former name that it did not have when the relay started. One that is gone has done its work. */
function hasNewFormerNames(running: RelayConfig, next: RelayConfig): boolean {
  const known = formerNames(running);
  return [...formerNames(next)].some(([old, name]) => known.get(old) !== name);
}

function hasOtherOutput(running: RelayConfig, next: RelayConfig): boolean {
  return stdoutDestinations(running).length > 0 !== stdoutDestinations(next).length > 0;
}

/** Gives `to` the value that `from` has at a path; removes it where `from` has none. */
function take(to: object, from: object, [key = '', ...below]: readonly string[]): void {
  const value: unknown = Reflect.get(from, key);
  const own: unknown = Reflect.get(to, key);
  if (below.length > 0 && isObject(own) && isObject(value)) take(own, value, below);
  else if (value === undefined) Reflect.deleteProperty(to, key);
  else Reflect.set(to, key, value);
}
