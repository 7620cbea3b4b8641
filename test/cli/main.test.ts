import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, runProcess } from './run.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the shell', () => {
  it('has help for itself and its commands, and a version', async () => {
    const [help, serve, version, nothing] = await Promise.all([
      runProcess(['--help']),
      run(['help', 'serve']),
      run(['--version']),
      run([]),
    ]);
    expect(help.code).toBe(0);
    for (const name of ['init', 'config', 'serve', 'rules', 'demo'])
      expect(help.stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect(serve.stdout).toContain('--no-endpoint');
    expect(serve.stdout).toContain('.env beside relay.yaml');
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(nothing).toMatchObject({ code: 2, stdout: '' });
    expect(help.stdout + serve.stdout).not.toContain('\u001b');
  });

  it('says what was meant on wrong usage, exit code 2', async () => {
    const [command, option, port, both] = await Promise.all([
      runProcess(['srve']),
      run(['serve', '--prot', '1']),
      run(['serve', '--port', '99999']),
      run(['serve', '--no-endpoint', '--no-consumer']),
    ]);
    expect(command).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        'xdr-relay: unknown command \'srve\'\n(Did you mean serve?)\n"xdr-relay --help" lists the options.\n',
    });
    expect(option.code).toBe(2);
    expect(option.stderr).toContain('(Did you mean --port?)');
    expect(option.stderr).toContain('"xdr-relay serve --help" lists the options.');
    expect(port.code).toBe(2);
    expect(port.stderr).toContain('A port is a number from 0 to 65535.');
    expect(both.code).toBe(2);
  });

  it('says in one line that there is no relay.yaml, exit code 1', async () => {
    expect(await runProcess(['serve'], { cwd: folder })).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'xdr-relay: there is no file relay.yaml: "xdr-relay init" writes one, --config names another (config_unreadable)\nSee docs/errors.md#config_unreadable\n',
    });
  });
});

describe('init and config', () => {
  const secrets = {
    XDR_RELAY_KEY: 'a-shared-key-for-the-endpoint',
    SPLUNK_HEC_TOKEN: 'a-token-for-splunk',
    SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T0/B0/path',
  };

  it('write a file, check it, and show it without secrets', async () => {
    expect(await run(['init'], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
    const again = await run(['init'], { cwd: folder });
    expect(again.code).toBe(1);
    expect(again.stderr).toBe(
      'xdr-relay: relay.yaml exists already: --force overwrites it (file_exists)\nSee docs/errors.md#file_exists\n',
    );

    const without = await run(['config'], { cwd: folder });
    expect(without.code).toBe(1);
    expect(without.stderr).toContain('the environment variable XDR_RELAY_KEY is not set');
    expect(without.stderr).toMatch(/3 errors\n$/);

    const dotenv = Object.entries(secrets).map(([name, value]) => `${name}=${value}\n`);
    await writeFile(join(folder, '.env'), dotenv.join(''));
    const shown = await run(['config'], { cwd: folder });
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain('lateness: 15m');
    for (const value of Object.values(secrets)) expect(shown.stdout).not.toContain(value);
    expect(await run(['config', '--check'], { cwd: folder })).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^relay\.yaml: no problems\ntransforms: \d+ files, no problems\n$/),
      stderr: '',
    });
    expect((await run(['init', '--force'], { cwd: folder })).code).toBe(0);
  });

  it('show findings for machines, and colours on request', async () => {
    const file = join(folder, 'wrong.yaml');
    await writeFile(
      file,
      (await readFile(join(folder, 'relay.yaml'), 'utf8')).replace('level: info', 'levle: info'),
    );
    const args = ['config', '--config', file];
    const [json, github, color, none] = await Promise.all([
      run([...args, '--format', 'json'], { env: secrets }),
      run([...args, '--format', 'github'], { env: secrets }),
      runProcess(args, { env: { ...secrets, FORCE_COLOR: '1' } }),
      runProcess(args, { env: { ...secrets, FORCE_COLOR: '1', NO_COLOR: '1' } }),
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject([{ code: 'unknown-key', hint: 'did you mean "level"?' }]);
    expect(github.stdout).toMatch(
      /^::error file=.*wrong\.yaml,line=\d+,col=3,endColumn=8,title=unknown-key::/,
    );
    expect([json.code, github.code, color.code, none.code]).toEqual([1, 1, 1, 1]);
    expect(color.stderr).toContain('\u001b[31merror');
    expect(none.stderr).not.toContain('\u001b');
  });
});
