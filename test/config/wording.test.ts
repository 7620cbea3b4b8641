// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
/** What is said of keys that do not fit together: the words of a destination's schema complete the sentence `<key> must be ...`. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';

function errorsOf(entry: string, env: Readonly<Record<string, string>> = {}): readonly string[] {
  const text = `storage: { account: contoso }\ndestinations:\n  d: ${entry}\ndefault_destinations: [d]\n`;
  return parseConfig(text, 'relay.yaml', { SECRET: 'a-long-enough-secret', ...env })
    .diagnostics.filter(({ severity }) => severity === 'error')
    .map(({ message, hint }) => (message.includes(' must be ') ? message : `${message}; ${hint}`));
}

describe('keys that do not fit together', () => {
  it.each([
    [
      '{ type: archive, container: xdr }',
      '"account" is missing in destinations.d; account must be given, or `blob_endpoint` or `connection_string` in its place: the storage account',
    ],
    [
      '{ type: archive, container: xdr, account: contoso, client_secret: "${SECRET}" }',
      'destinations.d.client_secret must be left out, or have `tenant_id` and `client_id` beside it',
    ],
    [
      '{ type: archive, container: xdr, account: contoso, connection_string: "${SECRET}" }',
      'destinations.d.account must be left out: `connection_string` says where the archive is already',
    ],
    [
      '{ type: kafka, brokers: ["b:9093"], topic: t, encryption: none, tls: {} }',
      'destinations.d.tls must be left out: it has no use with `encryption: none`',
    ],
    [
      '{ type: webhook, url: "https://x.example", mode: binary }',
      'destinations.d.mode must be `batch` or `single`, or have `format: cloudevents` beside it',
    ],
    [
      '{ type: splunk_hec, url: "https://x.example", token: "${SECRET}", profile: crowdstrike_ngsiem, acknowledgement: true }',
      'destinations.d.acknowledgement must be left out: CrowdStrike gives no acknowledgements',
    ],
  ])('%s', (entry, said) => {
    expect(errorsOf(entry)).toContain(said);
  });
});

it('a secret that is short and of the wrong form is an error: the warning that it is short does not hide it', () => {
  const entry = '{ type: http_preset, preset: datadog, secrets: { api_key: "${SHORT}" } }';
  expect(errorsOf(entry, { SHORT: 'x' })).toEqual([
    'destinations.d.secrets.api_key must be text of the form [0-9A-Za-z_-]{20,128}',
  ]);
});

it('a preset file that is not there is told with the folder that its path begins in', () => {
  const text = 'destinations:\n  d: { type: http_preset, preset: ./presets/own.yml }\n';
  const { diagnostics } = parseConfig(text, 'relay.yaml', {});
  expect(diagnostics.find(({ code }) => code === 'missing-preset')?.hint).toContain(
    'relative to the folder of relay.yaml',
  );
});
