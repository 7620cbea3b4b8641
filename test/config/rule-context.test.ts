/** What compiling rules is told of the destinations of relay.yaml. */
import { expect, it } from 'vitest';
import { ruleContext } from '../../src/config/rule-context.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';

it('the headers that a destination sets itself', () => {
  const hook = { type: 'webhook', url: 'https://hook.example' };
  const config = relayConfigSchema.parse({
    storage: { account: 'contoso' },
    destinations: {
      plain: hook,
      signed: { ...hook, auth: { type: 'bearer', token: 'x' } },
      keyed: { ...hook, auth: { type: 'api_key', header: 'X-Api-Key', key: 'x' } },
    },
    default_destinations: ['plain'],
  });
  expect(ruleContext(config).ownHeaders).toEqual({
    plain: [],
    signed: ['authorization'],
    keyed: ['x-api-key'],
  });
});
