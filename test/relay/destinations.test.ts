/** Destinations get what relay.yaml says beside their own entry, and are made anew when that changes. */
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { parseConfig } from '../../src/config/load.ts';
import { changedDestinations, createDestinations } from '../../src/relay/destinations.ts';

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
