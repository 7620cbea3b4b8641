/** Splunk's HTTP Event Collector. */
import { randomBytes } from 'node:crypto';
import { arrivedInHec } from '../../lab/receivers/arrivals.ts';
import { isObject } from '../../lab/receivers/json.ts';
import { startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { variable } from '../../lab/relay-config.ts';
import { ON_LOOPBACK, type StandKind } from './stand.ts';

export const splunk: StandKind = {
  name: 'splunk',
  audience: 'machines',
  title: 'Splunk HEC',
  async start({ arrived }) {
    const token = randomBytes(18).toString('hex');
    const receiver = await startHecReceiver({
      token,
      onEvent: (event) => arrived(arrivedInHec(event), isObject(event.event) ? event.event.time : undefined),
    });
    return {
      entry: { type: 'splunk_hec', url: receiver.origin, token: variable('LAB_HEC_TOKEN'), ...ON_LOOPBACK },
      secrets: { LAB_HEC_TOKEN: token },
      close: () => receiver.close(),
    };
  },
};
