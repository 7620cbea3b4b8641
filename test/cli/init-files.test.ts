import { describe, expect, it } from 'vitest';
import { ENV_EXAMPLE, RELAY_YAML } from '../../src/cli/init-files.ts';
import { parseConfig } from '../../src/config/load.ts';

const env = {
  XDR_RELAY_KEY: 'a-shared-key-for-the-endpoint',
  SPLUNK_HEC_TOKEN: 'a-token-for-splunk',
  SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/path',
};
const more = {
  ...env,
  STORAGE_CONNECTION_STRING: 'AccountName=contosodefender;AccountKey=a2V5',
  TEAMS_WEBHOOK_URL: 'https://x.environment.api.powerplatform.com/invoke?sig=abc',
  SOAR_WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  HASH_KEY: 'pepper',
};

describe('what init writes', () => {
  it('is valid with its variables set', () => {
    expect(parseConfig(RELAY_YAML, 'relay.yaml', env).diagnostics).toEqual([]);
  });

  it('is valid with every commented key switched on', () => {
    const on = RELAY_YAML.replace(/^( *)#(?=\S| {2}\S)/gm, '$1');
    const { config, diagnostics } = parseConfig(on, 'relay.yaml', more);
    expect(diagnostics).toEqual([]);
    expect(Object.keys(config?.destinations ?? {})).toEqual(['splunk', 'soc-slack', 'soc-teams', 'soar']);
    expect(config?.variables).toEqual({ HASH_KEY: 'pepper', admin_hosts: ['jump-01', 'jump-02'] });
  });

  it('names every variable in .env.example', () => {
    const used = [...RELAY_YAML.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name]) => name);
    for (const name of used.filter((one) => one !== 'NAME')) {
      const required = env[name as keyof typeof env] !== undefined;
      expect(ENV_EXAMPLE).toMatch(new RegExp(`^${required ? '' : '#'}${name}=`, 'm'));
    }
  });
});
