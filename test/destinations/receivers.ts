/** The real receiver of each type of destination. Node only: tests in workerd order theirs from the receiver server. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { arrivedInEnvelope, arrivedInHec, eventIdIn } from '../../lab/receivers/arrivals.ts';
import { startBlobService } from '../../lab/receivers/blob-service.ts';
import { startElasticReceiver } from '../../lab/receivers/elastic.ts';
import { isObject } from '../../lab/receivers/json.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../lab/receivers/otlp.ts';
import { startPagerdutyReceiver } from '../../lab/receivers/pagerduty.ts';
import { startSentinelReceiver } from '../../lab/receivers/sentinel.ts';
import type { FaultHook, Receiver } from '../../lab/receivers/server.ts';
import { startSlackReceiver } from '../../lab/receivers/slack.ts';
import { type HecProfileName, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { startTeamsReceiver } from '../../lab/receivers/teams.ts';
import { startWebhookReceiver } from '../../lab/receivers/webhook.ts';
import { deployed, sentinelArm } from '../../lab/sentinel-deployed.ts';
import type { HttpDestinationType } from '../../src/destinations/list.ts';
import { CRIBL_TOKEN, FALCON_TOKEN } from './cases.ts';
import { asDocumented } from './documented.ts';
import { startPresetReceiver } from './preset-receivers.ts';

export interface RunningReceiver {
  readonly receiver: Receiver;
  /** Where destinations that name a whole address are to send. */
  readonly url: string;
  /** Ids of the events that arrived, repeats included. */
  readonly arrived: () => readonly string[];
  /** A credential that the receiver has made. */
  readonly key?: string;
}

export interface StartOptions {
  readonly fault?: FaultHook;
  /** Where the cases of a type have different receivers. */
  readonly variant?: string | undefined;
}

type Start = (secret: string, options: StartOptions) => Promise<RunningReceiver>;

/** Of the private key with which webhooks in cases.ts sign: PKCS #8 of RFC 8410, and the 32 bytes. */
const PUBLIC_KEY = createPublicKey(
  createPrivateKey({
    key: Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      Buffer.from('TESTSIGNINGKEYDONOTUSETHISFORANY'),
    ]),
    format: 'der',
    type: 'pkcs8',
  }),
);

const PRODUCTS: ReadonlyMap<string, HecProfileName> = new Map([
  [FALCON_TOKEN, 'crowdstrike'],
  [CRIBL_TOKEN, 'cribl'],
]);

/** A type without an entry here does not compile. */
const STARTS: Readonly<Record<HttpDestinationType, Start>> = {
  async splunk_hec(token, options) {
    const profile = PRODUCTS.get(token) ?? 'splunk';
    const receiver = await startHecReceiver({ ...options, store: true, token, profile });
    const arrived = () => receiver.received.map((event) => arrivedInHec(asDocumented(event)).id);
    return { receiver, url: receiver.origin, arrived };
  },
  async slack(_secret, options) {
    const receiver = await startSlackReceiver({ ...options, store: true });
    const arrived = () => receiver.received.map((message) => eventIdIn(JSON.stringify(message)));
    return { receiver, url: receiver.url, arrived };
  },
  async teams(_secret, options) {
    const receiver = await startTeamsReceiver({ ...options, store: true });
    const arrived = () => receiver.received.map((card) => eventIdIn(JSON.stringify(card)));
    return { receiver, url: receiver.url, arrived };
  },
  async pagerduty(_secret, options) {
    const receiver = await startPagerdutyReceiver({ ...options, store: true });
    const arrived = () =>
      receiver.received.map((event) =>
        event.event_action === 'trigger' ? String(event.payload.custom_details?.event_id) : '',
      );
    return { receiver, url: receiver.url, arrived };
  },
  http_preset: startPresetReceiver,
  async webhook(secret, options) {
    const receiver = await startWebhookReceiver({
      ...options,
      store: true,
      ...(secret !== '' && { secret, publicKey: PUBLIC_KEY }),
    });
    const arrived = () =>
      receiver.received.map((event) => arrivedInEnvelope(recordIn(asDocumented(event))).id);
    return { receiver, url: receiver.url, arrived };
  },
  async archive(secret, options) {
    const [, name, key] = /^AccountName=(\w+);AccountKey=(.+)$/.exec(secret) ?? [];
    const account = name !== undefined && key !== undefined ? { account: { name, key } } : {};
    const receiver = await startBlobService({ ...options, ...account, containers: ['xdr-archive'] });
    const arrived = () => receiver.service.lines('xdr-archive').map((line) => idInArchive(JSON.parse(line)));
    return { receiver, url: receiver.origin, arrived };
  },
  async elastic(key, options) {
    const apiKey = Buffer.from(key, 'base64').toString();
    const receiver = await startElasticReceiver({ ...options, store: true, apiKey });
    const arrived = () => receiver.received.map(({ source }) => idInDocument(source));
    return { receiver, url: receiver.origin, arrived };
  },
  async sentinel(clientSecret, options) {
    const raw = deployed(sentinelArm(['DeviceProcessEvents']));
    const records = deployed(sentinelArm([], 'relay'));
    const [rule, other] = [...Object.values(raw.rules), ...Object.values(records.rules)];
    if (!rule || !other) throw new Error('no rule');
    const both = {
      ...rule,
      streamDeclarations: { ...rule.streamDeclarations, ...other.streamDeclarations },
      dataFlows: [...rule.dataFlows, ...other.dataFlows],
    };
    // The suite's faults, and its counts, are of the destination and not of Entra ID, which has an address of its own elsewhere.
    let signIns = 0;
    const fault: FaultHook = (request) => {
      if (!request.path.includes('/oauth2/')) return options.fault?.(request);
      signIns += 1;
      return undefined;
    };
    const started = await startSentinelReceiver({
      fault,
      store: true,
      clientSecret,
      rules: { 'dcr-00000000000000000000000000000000': both },
      tables: { ...raw.tables, ...records.tables },
    });
    const arrived = () => started.received.map(({ row }) => String(row.RelayEventId));
    const receiver: Receiver = {
      ...started,
      get counts() {
        return { ...started.counts, requests: started.counts.requests - signIns };
      },
    };
    return { receiver, url: started.origin, arrived };
  },
  async otlp(key, options) {
    const receiver = await startOtlpReceiver({ ...options, headers: { 'api-key': key } });
    return { receiver, url: receiver.origin, arrived: () => idsInLogs(receiver) };
  },
};

/** Throws where a request had what a careful client does not send. */
function idsInLogs({ logs, remarks }: OtlpReceiver): readonly string[] {
  if (remarks.length > 0) throw new Error(remarks.join('; '));
  return logs.map(({ attributes, body }) => {
    if (isObject(body) && body.kind !== undefined) asDocumented(body);
    return String(attributes['xdr_relay.event_id'] ?? attributes['log.record.uid']);
  });
}

/** The event's id in a document: of the Elastic Common Schema, or a record with a time beside it. */
function idInDocument({ '@timestamp': _, ...document }: Readonly<Record<string, unknown>>): string {
  const { event, xdr_relay: own, kind } = document;
  if (kind !== undefined) return arrivedInEnvelope(asDocumented(document)).id;
  const id = isObject(own) && own.event_id !== undefined ? own.event_id : isObject(event) && event.id;
  return String(id);
}

/** The event's id in a line: of an alert, which is a record in each shape. */
function idInArchive(line: unknown): string {
  return arrivedInEnvelope(asDocumented(line)).id;
}

/** The record of a CloudEvent, which stands in its `data`. */
function recordIn(event: unknown): unknown {
  return isObject(event) && event.specversion !== undefined ? event.data : event;
}

/** Starts a type's receiver on loopback, on any free port. @param secret what it wants; empty: nothing. */
export function startReceiverOf(
  type: HttpDestinationType,
  secret: string,
  options: StartOptions = {},
): Promise<RunningReceiver> {
  return STARTS[type](secret, options);
}
