// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { renderDiagnostics } from '../../src/diagnostics/render.ts';
import { run } from '../cli/run.ts';

const YAML = `storage:
  connection_string: \${STORAGE}
queue:
  connection_string: \${QUEUE}
server:
  keys: ["\${KEY}"]
  port: \${PORT}
destinations:
  splunk:
    type: splunk_hec
    url: \${URL}
    token: \${TOKEN}
  slack:
    type: slack
    webhook_url: \${SLACK}
  hook:
    type: webhook
    url: https://hook.example
    secrets: ["\${WHSEC}"]
    headers: { Authorization: "\${HEADER}" }
default_destinations: [splunk]
variables: { HASH_KEY: "\${HASH}" }
`;

const ENV = {
  STORAGE: 'AccountName=contoso;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net',
  QUEUE: 'AccountName=contoso;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net',
  KEY: 'a-key-that-is-long-enough',
  PORT: '9999',
  URL: 'https://splunk.example:8088',
  TOKEN: '5f0e8e6c-token-value',
  SLACK: 'https://hooks.slack.com/services/T0/B0/secretpath',
  WHSEC: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  HEADER: 'Bearer some-secret',
  HASH: 'a-hash-key',
};
type Name = keyof typeof ENV;
const names = Object.keys(ENV) as Name[];

/** Those that travel in headers. */
const HEADER_BORNE: readonly Name[] = ['KEY', 'TOKEN', 'WHSEC', 'HEADER'];

describe('case 08: line ends of variables', () => {
  const { config: plain } = parseConfig(YAML, 'relay.yaml', ENV);

  it.each(names.flatMap((name) => ['\n', '\r\n', '\n\n'].map((end) => [name, end] as const)))(
    '%s with %j at its end is the same value',
    (name, end) => {
      expect(plain).toBeDefined();
      const { config, diagnostics } = parseConfig(YAML, 'relay.yaml', { ...ENV, [name]: ENV[name] + end });
      expect(diagnostics).toEqual([]);
      expect(config).toEqual(plain);
    },
  );

  it.each([...HEADER_BORNE, 'STORAGE', 'QUEUE'] as const)(
    '%s with a line end inside is refused in its place',
    (name) => {
      const value = `${ENV[name].slice(0, 20)}\n${ENV[name].slice(20)}x`;
      const { config, diagnostics } = parseConfig(YAML, 'relay.yaml', { ...ENV, [name]: value });
      expect(config).toBeUndefined();
      const [error] = diagnostics;
      const line = YAML.split('\n')[(error?.span.line ?? 0) - 1] ?? '';
      expect(line.slice((error?.span.column ?? 0) - 1)).toContain(`\${${name}}`);
      expect(error?.hint).toContain(`the value comes from ${name}`);
    },
  );

  it.each(
    HEADER_BORNE.flatMap((name) =>
      ['\u0000', '\u001b[31m', '\u007f', '\ufeff', '€', '鍵'].map((bad) => [name, bad] as const),
    ),
  )('%s with %j is refused: it cannot stand in a header', (name, bad) => {
    const value = `${ENV[name]}${bad}x`;
    const { config, diagnostics, source } = parseConfig(YAML, 'relay.yaml', { ...ENV, [name]: value });
    expect(config).toBeUndefined();
    const report = renderDiagnostics(diagnostics, new Map([['relay.yaml', source]]));
    expect(report).toContain('^');
    expect(report).toContain(`the value comes from ${name}`);
    expect(report).not.toContain(value);
  });

  it('a variable that is nothing but a line end is empty', () => {
    const { diagnostics } = parseConfig(YAML, 'relay.yaml', { ...ENV, TOKEN: '\n' });
    expect(diagnostics.map(({ message }) => message)).toEqual(['the environment variable TOKEN is empty']);
  });

  it('the file .env, quoted over two lines, and the names of files follow the same rule', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-line-ends-'));
    await mkdir(join(folder, 'transforms'));
    await writeFile(join(folder, 'relay.yaml'), YAML);
    const lines = Object.entries(ENV).map(([name, value]) => `${name}="${value}\n"\n`);
    await writeFile(join(folder, '.env'), lines.join(''));
    const { code, stderr } = await run(['config', '--check'], {
      cwd: folder,
      env: { XDR_RELAY_CONFIG: 'relay.yaml\n', XDR_RELAY_LOG_LEVEL: 'info\n' },
    });
    expect([code, stderr]).toEqual([0, '']);
  });
});
