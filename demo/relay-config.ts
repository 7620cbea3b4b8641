/** What the demo's relay.yaml is made from. */
export interface RelayConfigSource {
  readonly transforms: string;
  readonly secrets: RelaySecrets;
  /** Base address of the HEC receiver. */
  readonly splunkUrl: string;
  readonly webhookUrl: string;
}

/** They reach the relay through its environment only. */
export interface RelaySecrets {
  readonly DEMO_STORAGE: string;
  readonly DEMO_ENDPOINT_KEY: string;
  readonly DEMO_HEC_TOKEN: string;
  readonly DEMO_SLACK_WEBHOOK: string;
  readonly DEMO_WEBHOOK_SECRET: string;
  readonly DEMO_HASH_KEY: string;
}

/** The destinations' names, as rule files use them. */
export const DESTINATIONS = ['splunk', 'soc-slack', 'hook'] as const;
export type DestinationName = (typeof DESTINATIONS)[number];

/** What the rules have to know of relay.yaml; the text below says the same. */
export const RULE_CONTEXT = {
  destinations: DESTINATIONS,
  defaultDestinations: ['splunk', 'hook'],
  alerts: [
    { levels: ['medium', 'high', 'critical'], to: ['soc-slack'] },
    { levels: ['low', 'medium', 'high', 'critical'], to: ['hook'] },
  ],
} as const;

const list = (items: readonly string[]) => `[${items.join(', ')}]`;

/** A relay.yaml like a real one, with a storage account on loopback and short delays for impatient eyes. */
export function relayYaml(source: RelayConfigSource): string {
  return `# Made by the demo.
storage:
  connection_string: \${DEMO_STORAGE}
server:
  host: 127.0.0.1
  port: 0
  keys: ["\${DEMO_ENDPOINT_KEY}"]
tail:
  poll_min: 500ms
  poll_max: 2s
transforms: ${JSON.stringify(source.transforms)}
destinations:
  splunk:
    type: splunk_hec
    url: ${source.splunkUrl}
    token: \${DEMO_HEC_TOKEN}
    allow_networks: [127.0.0.0/8]
  soc-slack:
    type: slack
    webhook_url: \${DEMO_SLACK_WEBHOOK}
    # One message an alert, so that each can be looked for; a digest does not name its events.
    digest_over: 100
    batch: { items: 20 }
    allow_networks: [127.0.0.0/8]
  hook:
    type: webhook
    url: ${source.webhookUrl}
    secrets: ["\${DEMO_WEBHOOK_SECRET}"]
    shape: relay
    allow_networks: [127.0.0.0/8]
default_destinations: ${list(RULE_CONTEXT.defaultDestinations)}
alerts:
${RULE_CONTEXT.alerts.map(({ levels, to }) => `  - { levels: ${list(levels)}, to: ${list(to)} }`).join('\n')}
variables:
  HASH_KEY: \${DEMO_HASH_KEY}
`;
}
