import type { DestinationDeps } from './deps.ts';
import type { Destination } from './port.ts';
import type { SlackConfig } from './slack/config.ts';
import { createSlack } from './slack/service.ts';
import type { SplunkHecConfig } from './splunk-hec/config.ts';
import { createSplunkHec } from './splunk-hec/service.ts';
import type { WebhookConfig } from './webhook/config.ts';
import { createWebhook } from './webhook/service.ts';

/** Destinations that are reached over HTTP: those every host has. */
export type NetworkDestinationConfig = SplunkHecConfig | SlackConfig | WebhookConfig;

/**
 * Builds the destination of one entry of `destinations:` in relay.yaml.
 * @param name the entry's key.
 */
export function createDestination(
  name: string,
  config: NetworkDestinationConfig,
  deps: DestinationDeps,
): Destination {
  switch (config.type) {
    case 'splunk_hec':
      return createSplunkHec(name, config, deps);
    case 'slack':
      return createSlack(name, config, deps);
    case 'webhook':
      return createWebhook(name, config, deps);
  }
}
