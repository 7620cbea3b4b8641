/** One alert as a Slack message, for what goes out without being grouped. */
import type { Envelope } from '../../shared/event.ts';
import { messageView } from '../alert-view/message.ts';
import { severalView } from '../alert-view/several.ts';
import { messageOfOne } from '../alert-view/single.ts';
import { encodingBy } from '../encoding.ts';
import type { Encoding } from '../port.ts';
import type { SlackMessage } from './blocks.ts';
import type { SlackConfig } from './config.ts';
import { groupMessage } from './layout.ts';
import { severalMessage } from './several.ts';

/** Where a message goes is part of it for a bot; a webhook has its own channel. */
type Addressed = SlackMessage & { readonly channel?: string };

/** Alerts as messages; what they hold is kept for a digest. */
export function slackMessages({ channel }: Partial<Pick<SlackConfig, 'channel'>> = {}): Encoding {
  return encodingBy(
    { kind: 'slack', channel },
    (settings) =>
      ({ head, event }, writer) =>
        writer.json(addressed(groupMessage(messageView(messageOfOne({ ...head, event }))), settings.channel)),
    { keepsEvents: true },
  );
}

/** One message for many alerts. */
export function digestMessage(envelopes: readonly Envelope[], channel?: string): Addressed {
  return addressed(severalMessage(severalView(envelopes.map(messageOfOne))), channel);
}

function addressed(message: SlackMessage, channel: string | undefined): Addressed {
  return channel === undefined ? message : { channel, ...message };
}
