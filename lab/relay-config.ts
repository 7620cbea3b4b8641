/** Makes the relay.yaml of a relay whose storage account and destinations are on this machine. */

/** The addresses from which relay.yaml is made. */
export interface RelayConfigSource {
  readonly transforms: string;
  readonly secrets: RelaySecrets;
  /** The base address of the HEC receiver. */
  readonly splunkUrl: string;
  readonly webhookUrl: string;
}

/** The secrets, which reach the relay only through its environment. */
export interface RelaySecrets {
  readonly LAB_STORAGE: string;
  readonly LAB_ENDPOINT_KEY: string;
  readonly LAB_HEC_TOKEN: string;
  readonly LAB_SLACK_WEBHOOK: string;
  readonly LAB_WEBHOOK_SECRET: string;
  readonly LAB_HASH_KEY: string;
}

/** The destinations' names, as rule files use them. */
export const DESTINATIONS = ['splunk', 'soc-slack', 'hook'] as const;
export type DestinationName = (typeof DESTINATIONS)[number];

/** The rules' context, which must agree with the relay.yaml below. */
export const RULE_CONTEXT = {
  destinations: DESTINATIONS,
  defaultDestinations: ['splunk', 'hook'],
  alerts: [
    { levels: ['medium', 'high', 'critical'], to: ['soc-slack'] },
    { levels: ['low', 'medium', 'high', 'critical'], to: ['hook'] },
  ],
} as const;

const list = (items: readonly string[]) => `[${items.join(', ')}]`;

/** The text of relay.yaml, with a storage account on loopback and short delays. */
export function relayYaml(source: RelayConfigSource): string {
  return `# Made by lab/relay-config.ts.
storage:
  connection_string: \${LAB_STORAGE}
server:
  host: 127.0.0.1
  port: 0
  keys: ["\${LAB_ENDPOINT_KEY}"]
tail:
  poll_min: 500ms
  poll_max: 2s
transforms: ${JSON.stringify(source.transforms)}
destinations:
  splunk:
    type: splunk_hec
    url: ${source.splunkUrl}
    token: \${LAB_HEC_TOKEN}
    allow_networks: [127.0.0.0/8]
  soc-slack:
    type: slack
    webhook_url: \${LAB_SLACK_WEBHOOK}
    allow_networks: [127.0.0.0/8]
  hook:
    type: webhook
    url: ${source.webhookUrl}
    secrets: ["\${LAB_WEBHOOK_SECRET}"]
    shape: relay
    allow_networks: [127.0.0.0/8]
default_destinations: ${list(RULE_CONTEXT.defaultDestinations)}
alerts:
${RULE_CONTEXT.alerts.map(({ levels, to }) => `  - { levels: ${list(levels)}, to: ${list(to)}, window: 5m, repeat: 10s }`).join('\n')}
variables:
  HASH_KEY: \${LAB_HASH_KEY}
`;
}
