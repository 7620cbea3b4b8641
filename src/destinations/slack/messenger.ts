/**
 * Tells a Slack channel of groups of alerts. By an incoming webhook, every message is a new one. With a bot token the first message on a group is
 * changed in place when more alerts come, and its thread is told what is new, so that a channel shows one message for each group.
 */

import type { Message } from '../../alerts/message.ts';
import type { TemplatedValue } from '../../shared/metadata-template.ts';
import { messageView } from '../alert-view/message.ts';
import { operationalView } from '../alert-view/operational.ts';
import { severalView } from '../alert-view/several.ts';
import type { HttpSenderDeps } from '../descriptor.ts';
import { DestinationRefusedError, PlaceBusyError, PlaceRefusedError, RetryableError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import type { Messenger, Posted } from '../messenger.ts';
import { HeldPlaceError, postAt } from '../place.ts';
import type { SlackMessage } from './blocks.ts';
import type { SlackConfig } from './config.ts';
import { groupMessage, threadMessage, troubleMessage } from './encode.ts';
import { apiOf, channelPlace, webhookPlace } from './places.ts';
import { ChannelRefusedError, EarlierMessageError, type Place, placeIn, slackTrouble } from './reply.ts';
import { severalMessage } from './several.ts';
import { Throttled } from './throttled.ts';

/**
 * Slack takes one message a second in a channel and from a webhook (Slack, "Rate limits"). Changing a message counts for a limit of its own, of
 * some 50 a minute; where it is reached, Slack names the wait.
 */
export const INTERVAL_MS = 1_000;

export function createSlackMessenger(config: SlackConfig, deps: HttpSenderDeps): Messenger {
  return config.token === undefined || config.channel === undefined
    ? webhookMessenger(config, deps)
    : botMessenger(
        {
          token: config.token,
          channel: fixedChannel(config.channel),
          api: apiOf(config),
          hasChannels: typeof config.channel !== 'string',
        },
        deps,
      );
}

function webhookMessenger({ webhook_url: url }: SlackConfig, deps: HttpSenderDeps): Messenger {
  const { http, context, links } = deps;
  async function post(message: SlackMessage, signal: AbortSignal): Promise<void> {
    if (url === undefined) throw new DestinationRefusedError('not_found', 'there is no webhook_url');
    const body = JSON.stringify(message);
    const at = { pace: deps.pace, place: webhookPlace(url), intervalMs: INTERVAL_MS };
    await postAt(
      at,
      async () => {
        const reply = await http.send({ method: 'POST', url, headers: JSON_HEADERS, body }, signal);
        const trouble = slackTrouble(reply, undefined, context());
        if (trouble) throw trouble;
      },
      signal,
    );
  }
  return {
    updates: 'none',
    wantsEnd: false,
    intervalMs: INTERVAL_MS,
    async say(message, _posted, signal) {
      await post(wholeMessage(message, links), signal);
      return undefined;
    },
    digest: (messages, signal) => post(severalMessage(severalView(messages, links)), signal),
  };
}

interface Bot {
  readonly token: string;
  /** Id or name. */
  readonly channel: string;
  /** Without a slash at its end. */
  readonly api: string;
  /** Whether alerts decide on the channel, by a template of the destination. Rules may name further channels. */
  readonly hasChannels: boolean;
}

/** What `posted` holds: where the first message on a group is, and the count that was told last. */
interface Said extends Place {
  readonly count: number;
}

function botMessenger({ token, channel, api, hasChannels }: Bot, deps: HttpSenderDeps): Messenger {
  const { http, context, links } = deps;
  const headers = { ...JSON_HEADERS, authorization: `Bearer ${token}` };
  let hasSeveral = hasChannels;
  const throttled = new Throttled(deps.clock);

  /** @param where the channel, and what of an earlier message the method needs. */
  async function call(
    method: 'chat.postMessage' | 'chat.update',
    where: Readonly<Record<string, string>>,
    message: SlackMessage,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    // A changed message keeps what it was posted with: chat.update has no arguments for it.
    const { unfurl_links, unfurl_media, ...changed } = message;
    const posted = method === 'chat.update' ? changed : { ...changed, unfurl_links, unfurl_media };
    const body = JSON.stringify({ ...where, ...posted });
    const reply = await http.send({ method: 'POST', url: `${api}/${method}`, headers, body }, signal);
    const trouble = slackTrouble(reply, undefined, context(), 'json');
    if (trouble) throw trouble;
    return reply;
  }

  /** Posts to a channel of relay.yaml, at its turn. Where there are several channels, a refusal of one concerns no other. */
  async function postTo(to: string, message: SlackMessage, signal: AbortSignal): Promise<HttpReply> {
    try {
      return await postAtTurn(to, { channel: to }, message, signal);
    } catch (error) {
      if (!hasSeveral || !(error instanceof ChannelRefusedError)) throw error;
      throw new PlaceRefusedError(error.code, error.message, to);
    }
  }

  /** @param to the channel as relay.yaml names it. @param where see `call`. */
  async function postAtTurn(
    to: string,
    where: Readonly<Record<string, string>>,
    message: SlackMessage,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    const at = { pace: deps.pace, place: channelPlace({ api, token }, to), intervalMs: INTERVAL_MS };
    try {
      return await postAt(at, () => call('chat.postMessage', where, message, signal), signal);
    } catch (error) {
      if (!isThrottled(error) || !hasSeveral) throw error;
      if (!(error instanceof HeldPlaceError)) throw throttled.posting(to, error);
      throw new PlaceBusyError(error.message, { place: to, retryAfterMs: error.retryAfterMs ?? 0 });
    }
  }

  async function postAnew(message: Message, signal: AbortSignal): Promise<Posted | undefined> {
    const reply = await postTo(channelOf(message), wholeMessage(message, links), signal);
    const place = placeIn(reply);
    return place && postedText({ ...place, count: countOf(message) });
  }

  /** The change comes first: it can be repeated without a trace where the answer to the reply in the thread is lost. */
  async function addTo(said: Said, message: Message, signal: AbortSignal): Promise<Posted> {
    const place = { channel: said.channel, ts: said.ts };
    throttled.mayChange();
    await call('chat.update', place, wholeMessage(message, links), signal).catch((error: unknown) => {
      throw isThrottled(error) ? throttled.changing(error) : error;
    });
    const inThread = { channel: said.channel, thread_ts: said.ts };
    await postAtTurn(channelOf(message), inThread, newsOf(message, said), signal);
    return postedText({ ...place, count: countOf(message) });
  }

  /** Where the group's first alert belongs; troubles of the relay, which have none, go to the default. */
  const channelOf = (message: Message): string => {
    const own = message.kind === 'alert' ? message.envelope.metadata?.channel : undefined;
    if (own !== undefined && own !== channel) hasSeveral = true;
    return own ?? channel;
  };

  const newsOf = (message: Message, { count }: Said): SlackMessage =>
    message.kind === 'alert'
      ? threadMessage(messageView(message, links), count)
      : troubleMessage(operationalView(message, links));

  return {
    updates: 'in_place',
    wantsEnd: false,
    intervalMs: INTERVAL_MS,
    async say(message, posted, signal) {
      const said = posted === undefined ? undefined : saidIn(posted);
      if (said === undefined) return postAnew(message, signal);
      try {
        return await addTo(said, message, signal);
      } catch (error) {
        // Deleted, too old, or in a channel that has been archived since: the channel of today gets a new message.
        if (!(error instanceof EarlierMessageError || error instanceof ChannelRefusedError)) throw error;
        return postAnew(message, signal);
      }
    },
    async digest(messages, signal, report) {
      for (const [to, some] of Map.groupBy(messages, channelOf)) {
        try {
          await postTo(to, severalMessage(severalView(some, links)), signal);
          report?.taken(some);
        } catch (error) {
          const isOfPlace = error instanceof PlaceRefusedError || error instanceof PlaceBusyError;
          if (report === undefined || !isOfPlace) throw error;
          report.refused(some, error);
        }
      }
    },
    placeOf: channelOf,
  };
}

function isThrottled(error: unknown): error is RetryableError {
  return error instanceof RetryableError && error.code === 'throttled';
}

function fixedChannel(channel: string | TemplatedValue): string {
  return typeof channel === 'string' ? channel : channel.default;
}

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' } as const;

/** The whole of what is known: as a new message, and in place of the first. */
function wholeMessage(message: Message, links: HttpSenderDeps['links']): SlackMessage {
  return message.kind === 'alert'
    ? groupMessage(messageView(message, links))
    : troubleMessage(operationalView(message, links));
}

function countOf(message: Message): number {
  return message.kind === 'alert' ? message.count : 1;
}

function postedText({ channel, ts, count }: Said): Posted {
  return `${channel} ${ts} ${count}`;
}

function saidIn(posted: Posted): Said | undefined {
  const [, channel, ts, count] = /^([A-Z0-9]{1,40}) (\d{1,12}\.\d{1,9}) (\d{1,15})$/.exec(posted) ?? [];
  return channel === undefined || ts === undefined ? undefined : { channel, ts, count: Number(count) };
}
