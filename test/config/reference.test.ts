// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configurationPage } from '../../scripts/pages/configuration.ts';
import { RELAY_YAML } from '../../src/cli/actions/init-files.ts';
import { effectiveConfig } from '../../src/config/effective.ts';
import { relayJsonSchema } from '../../src/config/json-schema.ts';
import { parseConfig } from '../../src/config/load.ts';
import { DESTINATIONS } from '../../src/destinations/list.ts';

describe('the reference of relay.yaml', () => {
  it('describes every key', () => {
    const types = DESTINATIONS.map(({ type }) => `| \`${type}\` `);
    const undescribed = configurationPage()
      .split('\n')
      .filter((line) => line.startsWith('| `') && !line.includes('| `type`'))
      .filter((line) => line.endsWith('|  |') && !types.some((type) => line.startsWith(type)));
    expect(undescribed).toEqual([]);
  });

  it('gives an example or a default for every key', () => {
    const rows = configurationPage()
      .split('\n')
      .filter((line) => /^\| `[a-z_.]+` \|/.test(line))
      .map((line) => line.split(' | '));
    for (const [key, , fallback, example] of rows.filter((row) => row.length === 5)) {
      expect([key, fallback !== '' || example !== '']).toEqual([key, true]);
    }
  });
});

describe('the JSON Schema for editors', () => {
  const schema = z.fromJSONSchema(relayJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const accepts = (yaml: string) => schema.safeParse(parse(yaml)).success;
  const destination = (rest: string) =>
    `storage: { account: contoso }\ndestinations: { a: { type: splunk_hec, url: "https://x", ${rest} } }`;

  it('accepts what init writes, and what config prints', () => {
    const env = {
      XDR_RELAY_KEY: 'a-shared-key-for-the-endpoint',
      SPLUNK_HEC_TOKEN: 'a-token',
      SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/path',
    };
    expect(accepts(RELAY_YAML)).toBe(true);
    expect(accepts(effectiveConfig(parseConfig(RELAY_YAML, 'relay.yaml', env)) ?? '')).toBe(true);
  });

  it('accepts variables for values of any type', () => {
    expect(
      accepts(destination('token: "${T}", acknowledgement: "${A}", concurrency: "${C}", timeout: "${D}"')),
    ).toBe(true);
    expect(accepts(destination('token: "${T}", acknowledgement: "yes"'))).toBe(false);
  });

  it('refuses secrets that are written out, unknown keys and wrong values', () => {
    expect(accepts(destination('token: abc'))).toBe(false);
    expect(accepts(destination('token: "${T}", tokn: 1'))).toBe(false);
    expect(accepts(destination('token: "${T}", compression: zip'))).toBe(false);
    expect(accepts(destination('token: "${T}", timeout: soon'))).toBe(false);
  });
});
