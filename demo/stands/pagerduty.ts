/** PagerDuty's Events API. */
import { PAGERDUTY_KEY, startPagerdutyReceiver } from '../../lab/receivers/pagerduty.ts';
import { variable } from '../../lab/relay-config.ts';
import { ON_LOOPBACK, type StandKind } from './stand.ts';

export const pagerduty: StandKind = {
  name: 'on-call',
  audience: 'people',
  title: 'PagerDuty',
  async start({ message }) {
    const receiver = await startPagerdutyReceiver({
      onMessage(event) {
        if (event.event_action === 'trigger') message(event, event.payload.summary);
      },
    });
    return {
      entry: {
        type: 'pagerduty',
        url: receiver.url,
        routing_key: variable('LAB_PAGERDUTY_KEY'),
        ...ON_LOOPBACK,
      },
      secrets: { LAB_PAGERDUTY_KEY: PAGERDUTY_KEY },
      close: () => receiver.close(),
    };
  },
};
