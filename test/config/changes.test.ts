// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { describe, expect, it } from 'vitest';
import { changeTo } from '../../src/config/changes.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { RelayConfig } from '../../src/config/schema.ts';

const BASE = `storage: { account: contoso }
server: { keys: ["\${KEY}"] }
destinations:
  splunk: { type: splunk_hec, url: "https://splunk.example", token: "\${TOKEN}" }
  hook: { type: webhook, url: "https://hook.example" }
default_destinations: [splunk]
`;
const ENV = { KEY: 'a-key-of-the-endpoint', TOKEN: 'a-token-of-splunk' };

function configOf(yaml: string, env: Record<string, string> = {}): RelayConfig {
  const { config, diagnostics } = parseConfig(yaml, 'relay.yaml', { ...ENV, ...env });
  if (!config) throw new Error(JSON.stringify(diagnostics));
  return config;
}

const running = configOf(BASE);
const HOOK = '  hook: { type: webhook, url: "https://hook.example" }\n';

describe('a changed configuration', () => {
  it('that is the same changes nothing', () => {
    const { config, applied, needRestart } = changeTo(running, configOf(`# a comment\n${BASE}`));
    expect({ config, applied, needRestart }).toEqual({ config: running, applied: [], needRestart: [] });
  });

  it('is in force where that can be, and named by its keys', () => {
    const next = configOf(
      `${BASE.replace(HOOK, '  other: { type: webhook, url: "https://other.example" }\n')}tail: { poll_min: 2s }
alerts: [{ levels: [high], to: [other] }]
log: { level: debug }
limits: { memory: 128MiB }
`,
      { TOKEN: 'another-token-of-splunk', KEY: 'another-key-of-the-endpoint' },
    );
    const { config, applied, needRestart } = changeTo(running, next);
    expect(config).toEqual(next);
    expect(needRestart).toEqual([]);
    expect([...applied].sort()).toEqual([
      'alerts',
      'destinations.hook',
      'destinations.other',
      'destinations.splunk.token',
      'limits.memory',
      'log.level',
      'server.keys',
      'tail.poll_min',
    ]);
    expect(JSON.stringify([applied, needRestart])).not.toContain('another-');
  });

  it('keeps what needs a restart as it is, and takes the rest', () => {
    const next = configOf(
      `${BASE.replace('contoso', 'fabrikam')}queue: { name: other }\nlimits: { threads: 4, row: 1MiB }\n`,
    );
    const { config, applied, needRestart } = changeTo(running, next);
    expect(applied).toEqual(['limits.row']);
    expect([...needRestart].sort()).toEqual(['limits.threads', 'queue.name', 'storage.account']);
    expect(config).toEqual({ ...running, limits: { ...running.limits, row: 1_048_576 } });
  });

  it('removes a key that the file no longer has', () => {
    const before = configOf(
      `${BASE}limits: { memory: 128MiB }\nkey_vault: https://contoso.vault.azure.net\n`,
    );
    const { config, applied } = changeTo(before, running);
    expect(config).toEqual(running);
    expect([...applied].sort()).toEqual(['key_vault', 'limits.memory']);
  });

  it('without the console closes it at once, and with one waits for the restart that opens it', () => {
    const open = configOf(`${BASE}console: { login: { keys: [{ name: anna, key: "\${KEY}" }] } }\n`);
    const closed = changeTo(open, configOf(BASE));
    expect(closed).toEqual({ config: running, applied: ['console'], needRestart: [] });
    const again = changeTo(running, open);
    expect(again).toEqual({ config: running, applied: [], needRestart: ['console'] });
  });

  it('with a renamed destination leaves all destinations as they are until the restart that moves its offsets', () => {
    const renamed = BASE.replace('splunk:', 'siem:')
      .replace('token: "${TOKEN}"', 'token: "${TOKEN}", was: splunk')
      .replace('[splunk]', '[siem]');
    const { config, applied, needRestart } = changeTo(running, configOf(`${renamed}log: { level: warn }\n`));
    expect(applied).toEqual(['log.level']);
    expect([...needRestart].sort()).toEqual([
      'default_destinations',
      'destinations.siem',
      'destinations.splunk',
    ]);
    expect(config.destinations).toEqual(running.destinations);
    // Afterwards the former name may go.
    const after = configOf(renamed.replace(', was: splunk', ''));
    expect(changeTo(configOf(renamed), after).needRestart).toEqual([]);
  });
});
