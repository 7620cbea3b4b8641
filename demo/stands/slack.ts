/** A Slack channel's incoming webhook. */
import { startSlackReceiver } from '../../lab/receivers/slack.ts';
import { variable } from '../../lab/relay-config.ts';
import { ON_LOOPBACK, type StandKind } from './stand.ts';

/** A little under the second that Slack asks for, so that only real haste is refused. */
const INTERVAL_MS = 900;

export const slack: StandKind = {
  name: 'soc-slack',
  audience: 'people',
  title: 'Slack',
  async start({ message }) {
    const receiver = await startSlackReceiver({
      intervalMs: INTERVAL_MS,
      onMessage: (said) => message(said, said.text),
    });
    return {
      entry: { type: 'slack', webhook_url: variable('LAB_SLACK_WEBHOOK'), ...ON_LOOPBACK },
      secrets: { LAB_SLACK_WEBHOOK: receiver.url },
      close: () => receiver.close(),
    };
  },
};
