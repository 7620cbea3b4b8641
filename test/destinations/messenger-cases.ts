/** How the contract suite of messengers talks to each product for people: the same cases on Node and in workerd. */
import { createMessenger } from '../../src/destinations/create-messenger.ts';
import { destinationSchema } from '../../src/destinations/list.ts';
import type { OpenHttpDeps } from '../../src/destinations/open-http.ts';
import type { OpenMessenger } from '../../src/destinations/open-messenger.ts';
import { allCases, type NamedCase } from './cases.ts';

const SLACK_TOKEN = 'xoxb-000000000000-0000000000000-XXXXXXXXXXXXXXXXXXXXXXXX';

/** Slack has a second way, which other suites need not know. */
const SLACK_BOT: NamedCase = {
  name: 'slack (bot)',
  type: 'slack',
  forPeople: true,
  made: {
    protocol: {
      rowRefusal: { status: 200, body: '{"ok":false,"error":"invalid_blocks"}' },
      accepts: () => false,
      refusesRowsInWords: true,
    },
    receiverSecret: '',
    entry: (origin) => ({ token: SLACK_TOKEN, channel: 'soc-alerts', api_url: `${origin}/api` }),
    secrets: [SLACK_TOKEN],
    leak: `Bearer ${SLACK_TOKEN}`,
  },
};

/** Every way in which people are told. */
export function messengerCases(): readonly NamedCase[] {
  const all = allCases().filter(({ forPeople }) => forPeople);
  return [...all, SLACK_BOT, ...all.filter(({ type }) => type === 'pagerduty').map(resolving)];
}

/** The same with `auto_resolve`: it wants the end of a group. */
function resolving(one: NamedCase): NamedCase {
  const { made } = one;
  const entry = (origin: string) => ({ ...made.entry(origin, ''), auto_resolve: true });
  return { ...one, name: `${one.name} (auto_resolve)`, made: { ...made, entry } };
}

/** The messenger of a case, allowed to call loopback. */
export function messengerOf(
  { type, made }: NamedCase,
  origin: string,
  timeoutMs: number | undefined,
  deps: OpenHttpDeps,
): OpenMessenger {
  const config = destinationSchema.parse({
    type,
    allow_networks: ['127.0.0.0/8'],
    ...made.entry(origin, ''),
    ...(timeoutMs !== undefined && { timeout: `${timeoutMs}ms` }),
  });
  const messenger = createMessenger(config, deps);
  if (!messenger) throw new Error(`${type} has no messenger`);
  return messenger;
}
