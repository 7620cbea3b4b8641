// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { describe, expect, it } from 'vitest';
import { changeTo } from '../../src/config/changes.ts';
import { effectiveConfig } from '../../src/config/effective.ts';
import { parseConfig } from '../../src/config/load.ts';

const BASE = `storage: { account: contoso }
server: { keys: ["\${KEY}"] }
destinations:
  hook: { type: webhook, url: "https://hook.example" }
default_destinations: [hook]
`;
const ENV = {
  KEY: 'a-key-of-the-endpoint',
  ANNA: 'the-console-key-of-anna',
  BOB: 'the-console-key-of-bob',
  CLIENT: 'a-client-secret-of-entra',
};
const ENTRA =
  'entra: { tenant_id: 1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c, client_id: 7c9e6679-7425-40de-944b-e07fc1f90ae7, client_secret: "${CLIENT}" }';
const KEY = '{ name: anna, key: "${ANNA}", role: operator }';

const read = (yaml: string) => parseConfig(`${BASE}${yaml}\n`, 'relay.yaml', ENV);
const told = (yaml: string) =>
  read(yaml).diagnostics.map(({ severity, code, message }) => `${severity}: ${message} [${code}]`);
const configOf = (yaml: string) => {
  const { config, diagnostics } = read(yaml);
  if (!config) throw new Error(JSON.stringify(diagnostics));
  return config;
};

describe('console', () => {
  it('is off unless it is configured, and then on loopback, without rows', () => {
    expect(configOf('').console).toBeUndefined();
    expect(configOf('console: {}').console).toEqual({
      host: '127.0.0.1',
      port: 8030,
      capture: false,
      rows: { show: false, mask: [] },
    });
  });

  it.each([
    ['console: { host: 0.0.0.0 }', 'everybody who reaches it could change things [conflict]'],
    ['console: { host: 0.0.0.0, login: {} }', 'console.login names no way to log in [missing-key]'],
    ['console: { port: 9464 }', 'console.port is the same as monitoring.port [conflict]'],
    ['console: { port: 8080 }', 'console.port is the same as server.port [conflict]'],
    [`console: { login: { ${ENTRA} } }`, 'console.public_url is missing'],
    ['console: { public_url: "http://relay.example" }', 'must be an https address'],
    ['console: { public_url: "https://relay.example/console/" }', 'an address without a path'],
    [`console: { login: { keys: [${KEY}, { name: Anna, key: "\${BOB}" }] } }`, 'two keys of the name Anna'],
    [`console: { login: { keys: [${KEY}, { name: bob, key: "\${ANNA}" }] } }`, 'the key of bob twice'],
    ['console: { login: { keys: [{ name: bob, key: "${SHORT}" }] } }', 'SHORT'],
  ])('refuses %s', (yaml, message) => {
    expect(told(yaml).filter((line) => line.startsWith('error'))).toEqual([expect.stringContaining(message)]);
  });

  it('wants TLS in front of it where others than this machine reach it', () => {
    const open = (more: string) => told(`console: { host: 0.0.0.0, ${more}login: { keys: [${KEY}] } }`);
    expect(open('')).toEqual([
      expect.stringMatching(/^warning: browsers keep the session .* over https only/),
    ]);
    expect(open('public_url: "https://relay.example", ')).toEqual([]);
  });

  it('shows no key and no secret', () => {
    const shown = effectiveConfig(
      read(`console: { public_url: "https://relay.example", login: { keys: [${KEY}], ${ENTRA} } }`),
    );
    expect(shown).toContain('${ANNA}');
    expect(shown).toContain('${CLIENT}');
    for (const value of Object.values(ENV)) expect(shown).not.toContain(value);
  });

  it('changes its login, rows and address, and is closed, while it runs; its port, and that it is there, at a start', () => {
    const running = configOf('console: {}');
    const login = changeTo(
      running,
      configOf(`console: { port: 8031, rows: { show: true }, login: { keys: [${KEY}] } }`),
    );
    expect(login.applied).toEqual(['console.rows.show', 'console.login']);
    expect(login.needRestart).toEqual(['console.port']);
    expect(login.config.console?.login?.keys).toHaveLength(1);
    const off = changeTo(running, configOf(''));
    expect([off.applied, off.needRestart]).toEqual([['console'], []]);
    const on = changeTo(configOf(''), running);
    expect([on.applied, on.needRestart, on.config.console]).toEqual([[], ['console'], undefined]);
  });
});
