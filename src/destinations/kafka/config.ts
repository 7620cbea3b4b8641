// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: kafka` in relay.yaml. Node only. */
import { z } from 'zod';
import { sizeBetween } from '../../shared/duration.ts';
import { freeTemplate, templated, topicName } from '../../shared/metadata-template.ts';
import { secret, sensitive } from '../../shared/secret.ts';
import { httpUrl, machineConfig } from '../common.ts';

/** The key of a message where relay.yaml names none. */
export const DEFAULT_KEY = '{DeviceId}';

/** The port of Kafka in the example of Apache Kafka's documentation is 9092, that of Event Hubs is 9093. */
const broker = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}):[1-9]\d{0,4}$/,
    'a host and a port such as "kafka-1.contoso.example:9093"',
  )
  .refine((text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65_535, 'a port up to 65535');

const text = z.string().min(1).max(16_384);

const byPassword = <M extends 'plain' | 'scram-sha-256' | 'scram-sha-512'>(mechanism: M, about: string) =>
  z
    .strictObject({
      mechanism: z.literal(mechanism),
      username: sensitive(text)
        .describe('The user name.')
        .meta({ examples: ['xdr-relay'] }),
      password: secret(text)
        .describe('The password.')
        .meta({ examples: ['${KAFKA_PASSWORD}'] }),
    })
    .describe(about);

const byToken = z
  .strictObject({
    mechanism: z.literal('oauthbearer'),
    token_url: sensitive(httpUrl)
      .describe('The token endpoint. It may be where the brokers may be: see `allow_networks`.')
      .meta({ examples: ['https://login.contoso.example/oauth2/token'] }),
    client_id: text.describe('The id of the client.').meta({ examples: ['xdr-relay'] }),
    client_secret: secret(text)
      .describe('The secret of the client.')
      .meta({ examples: ['${KAFKA_CLIENT_SECRET}'] }),
    scope: text
      .optional()
      .describe('Scopes, separated by spaces.')
      .meta({ examples: ['https://contoso.servicebus.windows.net/.default'] }),
    client_auth: z
      .enum(['basic', 'post'])
      .default('basic')
      .describe(
        'Where the client id and secret stand: in the Authorization header, or in the body (RFC 6749, section 2.3.1).',
      ),
  })
  .describe('An access token by the client credentials grant (RFC 6749, section 4.4; RFC 7628).');

export const kafkaConfig = z
  .strictObject({
    type: z.literal('kafka'),
    brokers: z
      .array(broker)
      .min(1)
      .max(32)
      .describe('The brokers that are asked first, as `host:port`. They name the others.')
      .meta({ examples: [['kafka-1.contoso.example:9093', 'kafka-2.contoso.example:9093']] }),
    topic: z
      .union([topicName, templated(topicName)])
      .describe(
        'The topic of events and alerts, or a template within a closed list. It must exist: the relay creates none.',
      )
      .meta({ examples: ['defender'] }),
    key: freeTemplate
      .default(DEFAULT_KEY)
      .describe(
        'The key of each message, by which it gets its partition: text with placeholders such as `{DeviceId}`, `{Table}` or `{AccountUpn|lower}`. Rows without such a column have the event id as key.',
      ),
    encryption: z
      .enum(['tls', 'none'])
      .default('tls')
      .describe(
        'Whether connections are encrypted. With `none`, the network must be trusted: passwords can be read in it.',
      ),
    sasl: z
      .discriminatedUnion('mechanism', [
        byPassword('plain', 'A user name and a password (RFC 4616).'),
        byPassword('scram-sha-256', 'A user name and a password by SCRAM with SHA-256 (RFC 7677).'),
        byPassword('scram-sha-512', 'A user name and a password by SCRAM with SHA-512.'),
        byToken,
      ])
      .optional()
      .describe('How the relay signs in. With a client certificate under `tls` only, leave it out.')
      .meta({
        examples: [{ mechanism: 'scram-sha-512', username: 'xdr-relay', password: '${KAFKA_PASSWORD}' }],
      }),
    compression: z.enum(['gzip', 'none']).default('gzip').describe('How record batches are compressed.'),
    idempotent: z
      .boolean()
      .default(true)
      .describe(
        'Whether the cluster is asked to drop what it has already when a batch is sent again after a lost reply. It needs the right `IdempotentWrite` on clusters before Kafka 3.0.',
      )
      .meta({ examples: [true] }),
    max_message_bytes: sizeBetween('1KiB', '64MiB', 'a batch is held in memory whole')
      .default(1_000_000)
      .describe(
        'Bytes of one record batch before compression, at most. A larger event is refused and becomes a dead letter. At most what the topic takes (`max.message.bytes`, by default 1048588).',
      ),
    ...machineConfig,
  })
  .superRefine(({ encryption, proxy, tls }, context) => {
    if (proxy !== undefined && proxy !== 'none') {
      const message =
        'left out: brokers cannot be reached through an HTTP proxy, for the Kafka protocol has no CONNECT';
      context.addIssue({ code: 'custom', path: ['proxy'], message });
    }
    if (encryption === 'none' && tls) {
      context.addIssue({
        code: 'custom',
        path: ['tls'],
        message: 'left out: it has no use with `encryption: none`',
      });
    }
  })
  .describe(
    'Apache Kafka, Azure Event Hubs and others that speak the Kafka protocol. Not on Workers. See docs/destinations/kafka.md.',
  );

export type KafkaConfig = z.infer<typeof kafkaConfig>;
