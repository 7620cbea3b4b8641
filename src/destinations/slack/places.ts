/** What Slack limits the pace of: a channel, or an incoming webhook. */
import type { TemplatedValue } from '../../shared/metadata-template.ts';
import { placeKey } from '../place.ts';
import type { SlackConfig } from './config.ts';

/** The address of the Web API, without a slash at its end. */
export function apiOf({ api_url }: Pick<SlackConfig, 'api_url'>): string {
  return api_url.replace(/\/+$/, '');
}

/** All places that a destination may post to. */
export function slackPlaces(config: SlackConfig): readonly string[] {
  const { webhook_url, token, channel } = config;
  if (token === undefined || channel === undefined) {
    return webhook_url === undefined ? [] : [webhookPlace(webhook_url)];
  }
  return channelsIn(channel).map((one) => channelPlace({ api: apiOf(config), token }, one));
}

export function webhookPlace(url: string): string {
  return placeKey('slack webhook', url);
}

/** An id, with which a channel begins with a capital letter, names it in all of Slack; a name only in its workspace. */
export function channelPlace(
  { api, token }: { readonly api: string; readonly token: string },
  channel: string,
): string {
  if (/^[CDG][A-Z0-9]+$/.test(channel)) return placeKey('slack channel', api, channel);
  return placeKey('slack channel', api, workspaceOf(token), channel.replace(/^#/, ''));
}

/** Tokens of one workspace have its number behind their kind, `xoxb-<workspace>-`. One without it stands for itself. */
function workspaceOf(token: string): string {
  return /^xox[a-z]-(\d+)-/.exec(token)?.[1] ?? token;
}

function channelsIn(channel: string | TemplatedValue): readonly string[] {
  return typeof channel === 'string' ? [channel] : [...channel.allowed, channel.default];
}
