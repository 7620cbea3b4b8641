/** Says messages to a channel of Microsoft Teams: every message is a card of its own, since a workflow cannot change one. */
import type { HttpSenderDeps } from '../descriptor.ts';
import type { Messenger } from '../messenger.ts';
import { placeKey, postAt } from '../place.ts';
import { postJson } from '../post-json.ts';
import type { TeamsConfig } from './config.ts';
import { messageCard, severalCard } from './encode.ts';
import { teamsTrouble } from './reply.ts';

/**
 * The webhook takes four requests a second, but the flow behind it posts each card as a bot, and in one conversation a bot may post
 * 1,800 times an hour (Teams, "Rate limiting for bots", per bot per thread): what exceeds that fails in the flow, where the relay cannot
 * see it. One card in two seconds stays within it for ever, and keeps cards in order: the runs of a flow do not wait for each other.
 * Milliseconds.
 */
export const INTERVAL_MS = 2_000;

/** The workflow, which posts into one channel. */
export function teamsPlace(url: string): string {
  return placeKey('teams', url);
}

export function teamsMessenger({ webhook_url: url }: TeamsConfig, deps: HttpSenderDeps): Messenger {
  const post = async (body: string, signal: AbortSignal): Promise<void> => {
    const at = { pace: deps.pace, place: teamsPlace(url), intervalMs: INTERVAL_MS };
    await postAt(at, () => postNow(body, signal), signal);
  };
  const postNow = async (body: string, signal: AbortSignal): Promise<void> => {
    const { reply, context } = await postJson(deps, { url, body }, signal);
    const trouble = teamsTrouble(reply, undefined, context);
    if (trouble) throw trouble;
  };
  return {
    updates: 'none',
    wantsEnd: false,
    intervalMs: INTERVAL_MS,
    async say(message, _posted, signal) {
      await post(messageCard(message, deps.links), signal);
      return undefined;
    },
    digest: (messages, signal) => post(severalCard(messages, deps.links), signal),
  };
}
