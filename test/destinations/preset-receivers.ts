/** The real receivers of the shipped presets. */
import { arrivedInEnvelope } from '../../lab/receivers/arrivals.ts';
import { startDatadogReceiver } from '../../lab/receivers/datadog.ts';
import { makeServiceAccount } from '../../lab/receivers/google-token.ts';
import { startSecopsReceiver } from '../../lab/receivers/secops.ts';
import type { Receiver } from '../../lab/receivers/server.ts';
import { startSumoReceiver } from '../../lab/receivers/sumo.ts';
import { SECOPS } from './cases.ts';
import { asDocumented } from './documented.ts';
import type { RunningReceiver, StartOptions } from './receivers.ts';

/** Starts the receiver of a preset, which the variant names. @param secret what it wants. */
export function startPresetReceiver(
  secret: string,
  { variant, ...options }: StartOptions,
): Promise<RunningReceiver> {
  switch (variant) {
    case 'datadog':
      return datadog(secret, options);
    case 'sumo':
      return sumo(secret, options);
    case 'google_secops':
      return secops(options);
    default:
      throw new Error(`no receiver for the preset ${variant}`);
  }
}

/** What a destination must have for a preset's receiver that is not there. */
export function keyOfClosed(variant: string | undefined, origin: string): Pick<RunningReceiver, 'key'> {
  if (variant !== 'google_secops') return {};
  const { key } = makeServiceAccount(SECOPS.project);
  return { key: JSON.stringify({ ...key, token_uri: `${origin}/token` }) };
}

async function datadog(secret: string, options: StartOptions): Promise<RunningReceiver> {
  const receiver = await startDatadogReceiver({ ...options, store: true, apiKey: secret });
  const arrived = () =>
    receiver.received.map(({ message }) => arrivedInEnvelope(asDocumented(JSON.parse(String(message)))).id);
  return { receiver, url: receiver.url, arrived };
}

async function sumo(secret: string, options: StartOptions): Promise<RunningReceiver> {
  const receiver = await startSumoReceiver({ ...options, store: true, code: secret });
  const arrived = () => receiver.received.map(({ message }) => arrivedInEnvelope(asDocumented(message)).id);
  return { receiver, url: receiver.url, arrived };
}

/** The token endpoint is on the same port: its requests are neither counted nor hit by faults. */
async function secops({ fault }: StartOptions): Promise<RunningReceiver> {
  let asked = 0;
  const made = await startSecopsReceiver({
    ...SECOPS,
    store: true,
    fault(request) {
      if (request.path !== '/token') return fault?.(request);
      asked += 1;
      return undefined;
    },
  });
  const receiver: Receiver = {
    ...made,
    get counts() {
      return { ...made.counts, requests: made.counts.requests - asked };
    },
  };
  const arrived = () =>
    made.received.map(({ data, labels }) => {
      asDocumented(JSON.parse(data));
      return labels.xdr_relay_event_id ?? '';
    });
  return { receiver, url: made.origin, arrived, key: JSON.stringify(made.key) };
}
