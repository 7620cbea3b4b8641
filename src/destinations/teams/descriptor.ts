// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** What others need to know of the destination `teams`. */
import type { HttpDescriptor } from '../descriptor.ts';
import { secretsInUrl } from '../reply.ts';
import { teamsConfig } from './config.ts';
import { teamsMessenger, teamsPlace } from './messenger.ts';
import { readableTeams } from './readable.ts';

export const teams: HttpDescriptor<typeof teamsConfig> & { readonly audience: 'people' } = {
  type: 'teams',
  title: 'Microsoft Teams',
  who: 'Teams',
  audience: 'people',
  needs: 'http',
  config: teamsConfig,
  defaults: { batch: { items: 1_000, bytes: 4_194_304, ageMs: 300 }, concurrency: 2 },
  timeoutMs: 15_000,
  addresses: ({ webhook_url }) => [webhook_url],
  secrets: ({ webhook_url }) => secretsInUrl(webhook_url),
  // `sig=` is hidden wherever it stands, as that of a shared access signature is.
  secretLooks: [],
  messenger: teamsMessenger,
  places: ({ webhook_url }) => [teamsPlace(webhook_url)],
  readable: readableTeams,
  least: {
    type: 'teams',
    webhook_url: 'https://x.environment.api.powerplatform.com/workflows/x/triggers/manual/paths/invoke?sig=x',
  },
  example: `soc-teams:
  type: teams
  webhook_url: \${TEAMS_WEBHOOK_URL}
`,
  variables: [
    {
      name: 'TEAMS_WEBHOOK_URL',
      hint: 'Teams: the channel\'s "Workflows", "Send webhook alerts to a channel"',
    },
  ],
  inNewFile: 'off',
  docs: 'A message is accepted when the flow answers 200 or 202. This means that the flow has it; only the run history of the flow shows whether it then posted the card. A card has 28,000 bytes at most, its texts are cut to fit. One card in two seconds is posted: the webhook takes four a second, but the bot that posts the cards may post 1,800 an hour in a channel. A workflow cannot change a card, so an update is a new one. See docs/destinations/teams.md.',
};
