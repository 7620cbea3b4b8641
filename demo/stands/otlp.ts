/** A collector of OpenTelemetry that takes logs by OTLP/HTTP. */
import { randomBytes } from 'node:crypto';
import { arrivedInEnvelope } from '../../lab/receivers/arrivals.ts';
import { isObject } from '../../lab/receivers/json.ts';
import { startOtlpReceiver } from '../../lab/receivers/otlp.ts';
import { variable } from '../../lab/relay-config.ts';
import { ON_LOOPBACK, type StandKind } from './stand.ts';

export const otlp: StandKind = {
  name: 'otlp',
  audience: 'machines',
  title: 'OTLP',
  async start({ arrived }) {
    const key = randomBytes(24).toString('hex');
    const receiver = await startOtlpReceiver({
      headers: { 'x-api-key': key },
      store: false,
      onLog: ({ body }) => arrived(arrivedInEnvelope(body), isObject(body) ? body.received : undefined),
    });
    return {
      entry: {
        type: 'otlp',
        url: receiver.origin,
        headers: { 'X-Api-Key': variable('LAB_OTLP_KEY') },
        ...ON_LOOPBACK,
      },
      secrets: { LAB_OTLP_KEY: key },
      close: () => receiver.close(),
    };
  },
};
