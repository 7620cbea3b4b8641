/** Destinations get what relay.yaml says beside their own entry, and are made anew when that changes. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { parseConfig } from '../../src/config/load.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { postedPlaces } from '../../src/destinations/posted-places.ts';
import { changedDestinations, createDestinations, sharedPaces } from '../../src/relay/destinations.ts';

function configOf(more: string) {
  const text = `storage: { account: contoso }
destinations:
  chat: { type: slack, webhook_url: "\${URL}" }
  archive: { type: webhook, url: "https://hook.contoso.com/" }
default_destinations: [archive]
${more}`;
  const { config, diagnostics } = parseConfig(text, 'relay.yaml', {
    URL: 'https://hooks.slack.com/services/T/B/x',
  });
  if (!config) throw new Error(JSON.stringify(diagnostics));
  return config;
}

const host = {
  clock: new FakeClock(),
  http: () => ({ send: () => Promise.reject(new Error('sent')), close: async () => {} }),
};

describe('a changed relay.yaml', () => {
  it('makes destinations anew when links change, since their messages show them', () => {
    const config = configOf('links: { Splunk: "https://splunk.contoso.com/{host}" }');
    const destinations = createDestinations(config, host);
    const change = (more: string) =>
      [...changedDestinations(configOf(more), { config, destinations }, host).made].map(({ name }) => name);
    expect(change('links: { Splunk: "https://splunk.contoso.com/{host}" }')).toEqual([]);
    expect(change('links: { Splunk: "https://splunk.contoso.com/{user}" }')).toEqual(['chat', 'archive']);
    expect(change('')).toEqual(['chat', 'archive']);
  });
});

describe('two destinations for one place', () => {
  const TOKEN = 'xoxb-1234-5678-secret';
  const entries = (destinations: Readonly<Record<string, unknown>>) =>
    new Map(
      [
        ...postedPlaces(
          relayConfigSchema.parse({ storage: { account: 'contoso' }, destinations }).destinations,
        ),
      ].map(([place, names]) => [place, [...names]]),
    );
  const shared = (one: object, other: object) =>
    [...entries({ one, other }).values()].filter((names) => names.length > 1).length;
  const bot = (channel: unknown, token = TOKEN) => ({ type: 'slack', token, channel });
  const hook = (end: string) => ({
    type: 'slack',
    webhook_url: `https://hooks.slack.com/services/T/B/${end}`,
  });
  const channels = { template: '{MachineGroup}', allowed: ['soc', 'servers'], default: 'soc' };

  it.each([
    ['one webhook', hook('a'), hook('a'), 1],
    ['two webhooks', hook('a'), hook('b'), 0],
    ['one channel by its id', bot('C0123456789'), bot('C0123456789', 'xoxb-99-1-other'), 1],
    ['one channel by its name, two bots of a workspace', bot('#soc'), bot('soc', 'xoxb-1234-77-other'), 1],
    ['channels of one name in two workspaces', bot('soc'), bot('soc', 'xoxb-99-1-other'), 0],
    ['a channel of a template', bot(channels), bot('servers'), 1],
    ['a template that may give both', bot(channels), bot(channels), 2],
    ['a channel and a webhook', bot('soc'), hook('a'), 0],
  ])('share its pace: %s', (_, one, other, count) => {
    expect(shared(one, other)).toBe(count);
  });

  it('have it in the state without secrets, also where one of them is added while the other runs', async () => {
    const documents = createMemoryStateDocuments();
    const clock = new FakeClock(0, { sleepPasses: true });
    const paces = sharedPaces({ documents, clock });
    const of = (more: string) => configOf(more).destinations;
    paces.know(postedPlaces(of('')), 60_000);
    const [place = ''] = postedPlaces(of('')).keys();
    const turns = async (...names: string[]) => {
      const before = clock.now();
      for (const name of names) await paces.of(name).turn(place, 1_000, new AbortController().signal);
      return clock.now() - before;
    };
    expect(await turns('chat', 'chat')).toBe(0);
    paces.know(new Map([[place, new Set(['chat', 'night'])]]), 60_000);
    expect(await turns('chat', 'night', 'chat')).toBe(2_200);
    // A rule may name a channel that relay.yaml does not.
    const other = 'a'.repeat(16);
    for (const name of ['chat', 'night'])
      await paces.of(name).turn(other, 1_000, new AbortController().signal);
    const stored: string[] = [];
    for await (const name of documents.list('places/'))
      stored.push(`${name} ${JSON.stringify(await documents.get(name))}`);
    expect(stored).toHaveLength(2);
    expect(stored.join()).not.toMatch(/hooks\.slack|services|xox/);
  });
});
