// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: slack` in relay.yaml. */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { templated } from '../../shared/metadata-template.ts';
import { isInNetwork, parseNetwork } from '../../shared/network.ts';
import { headerText, secret } from '../../shared/secret.ts';
import { commonConfig, httpUrl } from '../common.ts';

/** Where Slack's Web API is: for everybody, and for agencies of the United States (Slack, "GovSlack"). */
const API_HOSTS: ReadonlySet<string> = new Set(['slack.com', 'slack-gov.com']);
/** A channel's id, or its name with or without `#`. */
const CHANNEL = /^(?:[CDG][A-Z0-9]{5,20}|#?[\p{Ll}\p{Lo}\p{N}_-]{1,80})$/u;

const channelName = z.string().regex(CHANNEL, 'the id of a channel, such as "C0123456789", or its name');

export const slackConfig = z
  .strictObject({
    type: z.literal('slack'),
    webhook_url: secret(httpUrl)
      .optional()
      .describe(
        'An incoming webhook, `https://hooks.slack.com/services/...`. The address is the secret. Every message is a new one; with `token` instead, a message is changed in place.',
      )
      .meta({ examples: ['${SLACK_WEBHOOK_URL}'] }),
    token: secret(headerText.regex(/^xox[a-z]/, "a Slack token: a bot's begins with `xoxb-`"))
      .optional()
      .describe(
        'The token of a bot, `xoxb-...`, with the scope `chat:write`, in place of `webhook_url`. The bot must be in the channel. Later alerts of a group go into the thread of its first message, whose count is changed in place.',
      )
      .meta({ examples: ['${SLACK_BOT_TOKEN}'] }),
    channel: z
      .union([channelName, templated(channelName)])
      .optional()
      .describe(
        'With `token`: the channel. Its id, as "View channel details" shows it, outlives a new name. For other channels, add a destination for each, and name it where routes and levels say `to`; or write a template, by which a column of the alert decides within a closed list.',
      )
      .meta({ examples: ['C0123456789'] }),
    api_url: z
      .url({ protocol: /^https?$/ })
      .default('https://slack.com/api')
      .describe(
        'With `token`: where the Web API is. On slack.com or slack-gov.com, or at an address within `allow_networks`: nobody else may see the token.',
      )
      .meta({ examples: ['https://slack-gov.com/api'] }),
    ...commonConfig,
  })
  .superRefine((entry, check) => {
    const { webhook_url, token, channel, api_url, allow_networks } = entry;
    const refuse = (key: string, message: string) => check.addIssue({ code: 'custom', path: [key], message });
    if (webhook_url === undefined && token === undefined)
      refuse('webhook_url', 'webhook_url, or token and channel');
    if (webhook_url !== undefined && token !== undefined) refuse('token', 'either webhook_url or token');
    if (token !== undefined && channel === undefined) refuse('channel', 'the channel that the bot posts to');
    if (token === undefined && channel !== undefined) refuse('channel', 'no channel: a webhook has its own');
    if (!mayHaveTheToken(api_url, allow_networks ?? [])) {
      refuse('api_url', 'https://slack.com/api, https://slack-gov.com/api, or an address in allow_networks');
    }
  })
  .describe(
    'Alerts for people: one message for each group of alerts, a digest when there are many. By a webhook, or by a bot that changes its messages in place.',
  );

export type SlackConfig = z.infer<typeof slackConfig>;

function mayHaveTheToken(address: string, allowNetworks: readonly string[]): boolean {
  const url = URL.parse(address);
  if (url === null || url.username !== '' || url.password !== '' || url.search !== '') return false;
  if (url.protocol === 'https:' && url.port === '' && API_HOSTS.has(url.hostname)) return true;
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(host)) return false;
  return allowNetworks.some((text) => {
    const network = parseNetwork(text);
    return network !== undefined && isInNetwork(ipaddr.process(host), network);
  });
}
