/** What sending dead letters again works with, for the command and for the console. */
import type { RelayConfig } from '../config/schema.ts';
import type { Destination } from '../destinations/port.ts';
import type { RuleSet } from '../rules/ruleset.ts';
import type { Clock } from '../shared/clock.ts';
import { redrivenDestinations } from './alerts/people.ts';
import type { RedriveDeps } from './dead-letters/redrive.ts';
import type { RelayPorts } from './ports.ts';
import { relaySettings } from './settings.ts';

export interface Redriving {
  readonly config: RelayConfig;
  readonly ports: Pick<RelayPorts, 'deadLetters' | 'documents'>;
  readonly clock: Clock;
  readonly rules: RuleSet;
  /** The destinations of relay.yaml, made for this. */
  readonly made: ReadonlyMap<string, Destination>;
}

/** The caller closes `destinations`, which close those that were made. */
export function redriveDeps({ config, ports, clock, rules, made }: Redriving): RedriveDeps {
  const { rowBytes, retry } = relaySettings(config);
  const { deadLetters, documents } = ports;
  const destinations = redrivenDestinations({ deadLetters, documents, clock, destinations: made });
  return { deadLetters, destinations, rules, rowBytes, retry, clock };
}
