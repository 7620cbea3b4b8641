/** A Microsoft Teams workflow's webhook. */

import { messageContent } from '../../lab/receivers/message-content.ts';
import { startTeamsReceiver } from '../../lab/receivers/teams.ts';
import { variable } from '../../lab/relay-config.ts';
import { ON_LOOPBACK, type StandKind } from './stand.ts';

/** Teams asks for at most four messages a second. */
const INTERVAL_MS = 240;

export const teams: StandKind = {
  name: 'soc-teams',
  audience: 'people',
  title: 'Microsoft Teams',
  async start({ message }) {
    const receiver = await startTeamsReceiver({
      intervalMs: INTERVAL_MS,
      onMessage: (card) => message(card, headlineOf(card)),
    });
    return {
      entry: { type: 'teams', webhook_url: variable('LAB_TEAMS_WEBHOOK'), ...ON_LOOPBACK },
      secrets: { LAB_TEAMS_WEBHOOK: receiver.url },
      close: () => receiver.close(),
    };
  },
};

/** The card's first text with words in it. */
function headlineOf(card: unknown): string {
  const lines = messageContent(card).text.split('\n');
  return lines.find((line) => line.includes(' ')) ?? '';
}
