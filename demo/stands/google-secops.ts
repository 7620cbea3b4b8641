/** Google SecOps, with the token endpoint of its service account. */
import { startSecopsReceiver } from '../../lab/receivers/secops.ts';
import { variable } from '../../lab/relay-config.ts';
import { ON_LOOPBACK, type StandKind } from './stand.ts';

export const googleSecops: StandKind = {
  name: 'google-secops',
  audience: 'machines',
  title: 'Google SecOps',
  async start({ arrivedById }) {
    const receiver = await startSecopsReceiver({
      onEvent({ data, labels }) {
        const { rule, event_id: ofRow } = JSON.parse(data);
        arrivedById(ofRow ?? labels.xdr_relay_event_id ?? '', rule?.title);
      },
    });
    const [, project, , location, , instance] = receiver.parent.split('/');
    return {
      entry: {
        type: 'http_preset',
        preset: 'google_secops',
        endpoint: receiver.origin,
        settings: { project, location, instance },
        secrets: { service_account: variable('LAB_SECOPS_KEY') },
        ...ON_LOOPBACK,
      },
      secrets: { LAB_SECOPS_KEY: JSON.stringify(receiver.key) },
      close: () => receiver.close(),
    };
  },
};
