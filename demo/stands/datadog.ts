/** Datadog's log intake. */
import { arrivedInEnvelope } from '../../lab/receivers/arrivals.ts';
import { startDatadogReceiver } from '../../lab/receivers/datadog.ts';
import { variable } from '../../lab/relay-config.ts';
import { ON_LOOPBACK, type StandKind } from './stand.ts';

export const datadog: StandKind = {
  name: 'datadog',
  audience: 'machines',
  title: 'Datadog',
  async start({ arrived }) {
    const receiver = await startDatadogReceiver({
      onEvent: ({ message }) => arrived(arrivedInEnvelope(JSON.parse(String(message)))),
    });
    return {
      entry: {
        type: 'http_preset',
        preset: 'datadog',
        endpoint: receiver.origin,
        secrets: { api_key: variable('LAB_DATADOG_KEY') },
        ...ON_LOOPBACK,
      },
      secrets: { LAB_DATADOG_KEY: receiver.apiKey },
      close: () => receiver.close(),
    };
  },
};
