// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** What others need to know of the destination `slack`. */
import type { HttpDescriptor } from '../descriptor.ts';
import { secretsInUrl } from '../reply.ts';
import { slackConfig } from './config.ts';
import { createSlackMessenger } from './messenger.ts';
import { slackPlaces } from './places.ts';
import { readableSlack } from './readable.ts';

export const slack: HttpDescriptor<typeof slackConfig> & { readonly audience: 'people' } = {
  type: 'slack',
  title: 'Slack',
  who: 'Slack',
  audience: 'people',
  metadata: { keys: ['channel'], of: ({ channel }) => ({ channel }) },
  needs: 'http',
  config: slackConfig,
  defaults: { batch: { items: 1_000, bytes: 4_194_304, ageMs: 300 }, concurrency: 2 },
  timeoutMs: 15_000,
  addresses: ({ webhook_url, api_url }) => [webhook_url ?? api_url],
  messenger: createSlackMessenger,
  places: slackPlaces,
  readable: readableSlack,
  secrets: ({ webhook_url, token }) => [
    ...(webhook_url === undefined ? [] : secretsInUrl(webhook_url)),
    ...(token === undefined ? [] : [token]),
  ],
  secretLooks: [
    /(hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[^\s"']+/gi,
    /\b(xox[a-z](?:\.xox[a-z])?-)[\w-]{8,}/gi,
  ],
  least: { type: 'slack', webhook_url: 'https://hooks.slack.com/services/x' },
  example: `soc-slack:
  type: slack
  webhook_url: \${SLACK_WEBHOOK_URL}
`,
  variables: [{ name: 'SLACK_WEBHOOK_URL', hint: 'Slack: an app\'s "Incoming Webhooks"' }],
  inNewFile: 'on',
  docs: 'A message is accepted when Slack answers 2xx with `ok`: as the whole text by a webhook, as `"ok": true` of the Web API with `token`. With a token, the first message on a group of alerts is changed in place and its thread is told what is new; by a webhook, each is a new message. One message a second is posted, which is the limit of Slack, and the JSON of its blocks has less than 12,000 bytes. See docs/destinations/slack.md.',
};
