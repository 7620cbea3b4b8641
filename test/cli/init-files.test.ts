import { describe, expect, it } from 'vitest';
import { ENV_EXAMPLE, RELAY_YAML } from '../../src/cli/actions/init-files.ts';
import { parseConfig } from '../../src/config/load.ts';
import { DESTINATIONS } from '../../src/destinations/list.ts';
import { exampleEnv, exampleName } from '../destinations/least.ts';

const starters = DESTINATIONS.filter(({ inNewFile }) => inNewFile !== 'no');
const variablesOf = (wanted: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    starters
      .filter(({ inNewFile }) => inNewFile === wanted)
      .flatMap(({ variables }) =>
        variables.map(({ name }): [string, string] => [name, exampleEnv[name] ?? '']),
      ),
  );
const env: Readonly<Record<string, string>> = {
  XDR_RELAY_KEY: 'a-shared-key-for-the-endpoint',
  ...variablesOf('on'),
};
const more = {
  ...env,
  ...variablesOf('off'),
  STORAGE_CONNECTION_STRING: 'AccountName=contosodefender;AccountKey=a2V5',
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
    expect(Object.keys(config?.destinations ?? {})).toEqual(
      starters.map(({ example }) => exampleName(example)),
    );
    expect(config?.variables).toEqual({ HASH_KEY: 'pepper', admin_hosts: ['jump-01', 'jump-02'] });
  });

  it('names every variable in .env.example', () => {
    const used = [...RELAY_YAML.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name]) => name);
    for (const name of used.filter((one) => one !== 'NAME')) {
      const required = env[name ?? ''] !== undefined;
      expect(ENV_EXAMPLE).toMatch(new RegExp(`^${required ? '' : '#'}${name}=`, 'm'));
    }
  });
});
