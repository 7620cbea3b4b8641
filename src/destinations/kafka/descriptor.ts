// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** What others need to know of the destination `kafka`. */
import { columnsOfTemplate } from '../../shared/metadata-template.ts';
import type { SocketDescriptor } from '../descriptor.ts';
import { DEFAULT_KEY, type KafkaConfig, kafkaConfig } from './config.ts';
import { kafkaMessages } from './encode.ts';
import { kafkaSender, TIMEOUT_MS } from './send.ts';

/** Microsoft Learn, "Azure Event Hubs quotas and limits": compressed messages only in the tiers Premium and Dedicated. */
function isEventHubs({ brokers }: KafkaConfig): boolean {
  return brokers.some((broker) =>
    /\.servicebus\.(?:windows\.net|usgovcloudapi\.net|chinacloudapi\.cn):/i.test(broker),
  );
}

export const kafka: SocketDescriptor<typeof kafkaConfig> & { readonly audience: 'machines' } = {
  type: 'kafka',
  title: 'Kafka',
  who: 'Kafka',
  audience: 'machines',
  needs: 'sockets',
  instead:
    'run the relay on Node, or send to a webhook: the REST proxy of the cluster, or the HTTPS endpoint of Event Hubs with `mode: single`',
  config: kafkaConfig,
  defaults: { batch: { items: 1_000, bytes: 1_048_576, ageMs: 1_000 }, concurrency: 4 },
  timeoutMs: TIMEOUT_MS,
  shape: 'relay',
  metadata: { keys: ['topic'], of: ({ topic }) => ({ topic }) },
  reads: (entry) =>
    columnsOfTemplate({
      template: 'key' in entry && typeof entry.key === 'string' ? entry.key : DEFAULT_KEY,
    }),
  encode: kafkaMessages,
  addresses: ({ brokers, encryption }) =>
    brokers.map((broker) => `${encryption === 'tls' ? 'tls' : 'tcp'}://${broker}`),
  warnings: (config) =>
    isEventHubs(config) && config.compression !== 'none'
      ? [
          {
            key: 'compression',
            message: 'Event Hubs takes compressed messages only in the tiers Premium and Dedicated',
            hint: 'set `compression: none` in the tier Standard',
          },
        ]
      : [],
  secretLooks: [/(SharedAccessKey=)[\w+/=-]+/g],
  send: kafkaSender,
  least: { type: 'kafka', brokers: ['kafka.example:9093'], topic: 'defender' },
  example: `bus:
  type: kafka
  brokers: ["kafka-1.contoso.example:9093"]
  topic: defender
  sasl:
    mechanism: scram-sha-512
    username: xdr-relay
    password: \${KAFKA_PASSWORD}
`,
  variables: [{ name: 'KAFKA_PASSWORD', hint: 'The password of the user xdr-relay on the brokers' }],
  inNewFile: 'no',
  docs: 'A batch is accepted when all replicas in sync have all of its messages (`acks=all`). `timeout` is for the whole batch. MESSAGE_TOO_LARGE and INVALID_RECORD refuse rows; a refused sign-in, an unknown topic and a missing right keep the rows waiting. Each message has a key and the headers of a CloudEvent in binary mode, `ce_id` the event id among them; docs/destinations/kafka.md has the rest. Brokers are reached without a proxy, HTTPS_PROXY does not concern them, and `allow_networks` is checked for those that other brokers name, too.',
};
