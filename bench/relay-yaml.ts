// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
/** The relay.yaml of the benches. */

/** What a destination is: the bench's receiver takes all of them. */
export const DESTINATION_KINDS = {
  splunk: 'type: splunk_hec, token: "${TOKEN}"',
  splunk_ack: 'type: splunk_hec, token: "${TOKEN}", acknowledgement: true',
  splunk_index: 'type: splunk_hec, token: "${TOKEN}", index: defender',
  webhook: 'type: webhook, shape: relay',
  splunk_relay: 'type: splunk_hec, token: "${TOKEN}", shape: relay',
  splunk_ecs: 'type: splunk_hec, token: "${TOKEN}", shape: ecs',
  splunk_ocsf: 'type: splunk_hec, token: "${TOKEN}", shape: ocsf',
} as const;
export type DestinationKind = keyof typeof DESTINATION_KINDS;

export interface YamlSource {
  /** A folder of rule files. */
  readonly transforms: string;
  /** Where all of it is delivered. */
  readonly receiver: string;
  /** One destination each; the first is called `splunk`. */
  readonly destinations: readonly DestinationKind[];
  /** More lines. */
  readonly settings?: string;
}

/** The endpoint's key; a secret of nobody. */
export const ENDPOINT_KEY = 'a-key-for-the-endpoint';

/** The variables that relay.yaml names. @param connection the connection string of the storage account. */
export function benchEnvironment(connection: string): Readonly<Record<string, string>> {
  return { CONNECTION: connection, KEY: ENDPOINT_KEY, TOKEN: 'a-token-of-nobody' };
}

/** Everything at its default but the addresses. */
export function benchYaml({ transforms, receiver, destinations, settings = '' }: YamlSource): string {
  const names = destinations.map((_, n) => (n === 0 ? 'splunk' : `other${n}`));
  const entries = destinations.map(
    (kind, n) =>
      `  ${names[n]}: { ${DESTINATION_KINDS[kind]}, url: "${receiver}", allow_networks: [127.0.0.0/8] }`,
  );
  return `
storage: { connection_string: "\${CONNECTION}" }
server: { keys: ["\${KEY}"] }
transforms: ${JSON.stringify(transforms)}
destinations:
${entries.join('\n')}
default_destinations: [${names.join(', ')}]
alerts:
  - { levels: [medium, high, critical], to: [splunk] }
${settings}
`;
}
