/** An HTTP source of Sumo Logic. */
import { arrivedInEnvelope } from '../../lab/receivers/arrivals.ts';
import { startSumoReceiver } from '../../lab/receivers/sumo.ts';
import { variable } from '../../lab/relay-config.ts';
import { ON_LOOPBACK, type StandKind } from './stand.ts';

export const sumo: StandKind = {
  name: 'sumo',
  audience: 'machines',
  title: 'Sumo Logic',
  async start({ arrived }) {
    const receiver = await startSumoReceiver({
      onEvent: ({ message }) => arrived(arrivedInEnvelope(message), message.received),
    });
    const { pathname } = new URL(receiver.url);
    return {
      entry: {
        type: 'http_preset',
        preset: 'sumo',
        endpoint: receiver.origin,
        secrets: { url: variable('LAB_SUMO_URL') },
        ...ON_LOOPBACK,
      },
      secrets: { LAB_SUMO_URL: `https://collectors.sumologic.com${pathname}` },
      close: () => receiver.close(),
    };
  },
};
