/** The destinations of the demo: receivers on loopback that write what arrives into the ledger. */
import { randomBytes } from 'node:crypto';
import type { Ledger } from '../lab/oracle/ledger.ts';
import { arrivedInEnvelope, arrivedInHec } from '../lab/receivers/arrivals.ts';
import { isObject } from '../lab/receivers/json.ts';
import { messageContent } from '../lab/receivers/message-content.ts';
import type { FaultHook } from '../lab/receivers/server.ts';
import { startSlackReceiver } from '../lab/receivers/slack.ts';
import { startHecReceiver } from '../lab/receivers/splunk-hec.ts';
import { startWebhookReceiver } from '../lab/receivers/webhook.ts';
import type { DestinationName } from '../lab/relay-config.ts';

/** A message as it shows on a phone's lock screen. */
export interface Headline {
  readonly at: number;
  readonly text: string;
}

/** The other end: a Splunk, a Slack channel and a webhook on loopback, which write what comes into the ledger. */
export interface Soc {
  readonly splunkUrl: string;
  readonly hecToken: string;
  readonly slackUrl: string;
  readonly webhookUrl: string;
  readonly webhookSecret: string;
  /** The newest messages in the channel, the newest last. */
  readonly headlines: readonly Headline[];
  readonly messages: number;
  /** Seconds between a row's being handed to Azure and its arrival, lately. */
  delay(destination: DestinationName): number | undefined;
  close(): Promise<void>;
}

export interface SocOptions {
  readonly faults?: Partial<Readonly<Record<DestinationName, FaultHook>>>;
}

const HEADLINES = 50;
/** A little under the second that Slack asks for, so that only real haste is refused. */
const SLACK_INTERVAL_MS = 900;

export async function startSoc(ledger: Ledger, options: SocOptions = {}): Promise<Soc> {
  const hecToken = randomBytes(18).toString('hex');
  const webhookSecret = `whsec_${randomBytes(32).toString('base64')}`;
  const headlines: Headline[] = [];
  const delays = new Map<DestinationName, number>();
  const fault = (name: DestinationName) => {
    const hook = options.faults?.[name];
    return hook === undefined ? {} : { fault: hook };
  };

  const took = (destination: DestinationName, received: unknown) => {
    const ms = Date.now() - Date.parse(String(received));
    if (Number.isNaN(ms)) return;
    const before = delays.get(destination) ?? ms;
    delays.set(destination, before + (ms - before) * 0.02);
  };

  const splunk = await startHecReceiver({
    token: hecToken,
    ...fault('splunk'),
    onEvent(event) {
      ledger.arrived('splunk', arrivedInHec(event));
      if (isObject(event.event)) took('splunk', event.event.time);
    },
  });
  const slack = await startSlackReceiver({
    intervalMs: SLACK_INTERVAL_MS,
    ...fault('soc-slack'),
    onMessage(message) {
      ledger.messageArrived('soc-slack', messageContent(message));
      headlines.push({ at: Date.now(), text: message.text });
      if (headlines.length > HEADLINES) headlines.shift();
    },
  });
  const hook = await startWebhookReceiver({
    secret: webhookSecret,
    ...fault('hook'),
    onEvent(event) {
      ledger.arrived('hook', arrivedInEnvelope(event));
      if (isObject(event)) took('hook', event.received);
    },
  });

  return {
    splunkUrl: splunk.origin,
    hecToken,
    slackUrl: slack.url,
    webhookUrl: hook.url,
    webhookSecret,
    headlines,
    get messages() {
      return slack.counts.events;
    },
    delay(destination) {
      const ms = delays.get(destination);
      return ms === undefined ? undefined : ms / 1000;
    },
    async close() {
      await Promise.all([splunk.close(), slack.close(), hook.close()]);
    },
  };
}
