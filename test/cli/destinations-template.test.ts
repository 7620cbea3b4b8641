import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSentinelReceiver } from '../../lab/receivers/sentinel.ts';
import { type ArmTemplate, deployed } from '../../lab/sentinel-deployed.ts';
import { run } from './run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-destinations-template-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const template = (...args: readonly string[]) => run(['destinations', 'template', ...args], { cwd: folder });

describe('xdr-relay destinations template', () => {
  it('prints a template, and says what to do with it apart from that', async () => {
    const { code, stdout, stderr } = await template('sentinel', '--tables', 'deviceprocessevents, AlertInfo');
    expect(code).toBe(0);
    const { rules } = deployed(JSON.parse(stdout) as ArmTemplate);
    expect(Object.values(rules).map(({ streamDeclarations }) => Object.keys(streamDeclarations))).toEqual([
      ['Custom-XdrRelayAlert', 'Custom-DeviceProcessEvents', 'Custom-AlertInfo'],
    ]);
    expect(stderr).toMatch(/^sentinel\.json: az deployment group create /);
  });

  it('overwrites no file unless it is told to, and then writes none of the others', async () => {
    await writeFile(join(folder, 'elastic-lifecycle-policy.json'), 'mine');
    const refused = await template('elastic', '--out', '.');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('elastic-lifecycle-policy.json exists already: --force overwrites it');
    expect(await readdir(folder)).toEqual(['elastic-lifecycle-policy.json']);
    expect((await template('elastic', '--out', '.', '--force')).code).toBe(0);
    expect(await readFile(join(folder, 'elastic-lifecycle-policy.json'), 'utf8')).toContain('"policy"');
  });

  it('writes files into a folder, which it makes', async () => {
    const { code, stdout, stderr } = await template('elastic', '--out', 'made/here');
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('PUT _index_template/microsoft_defender_xdr');
    const files = await readdir(join(folder, 'made/here'));
    expect(files.sort()).toEqual(['elastic-index-template.json', 'elastic-lifecycle-policy.json']);
    const index = JSON.parse(await readFile(join(folder, 'made/here/elastic-index-template.json'), 'utf8'));
    expect(index).toMatchObject({
      index_patterns: ['logs-microsoft_defender_xdr.*-*', 'logs-xdr_relay.*-*'],
      data_stream: {},
      template: {
        mappings: {
          properties: {
            microsoft: {
              properties: { defender_xdr: { properties: { AdditionalFields: { enabled: false } } } },
            },
          },
        },
      },
    });
  });

  it.each([
    [['webhook'], 2, '"webhook" needs nothing created: there are templates for'],
    [['sentinal'], 2, 'did you mean "sentinel"?'],
    [['sentinel', '--tables', 'DeviceProcesEvents'], 2, 'did you mean "DeviceProcessEvents"?'],
    [['sentinel', '--shape', 'csv'], 2, 'It is one of raw, relay, ecs, ocsf.'],
  ])('refuses %j', async (args, code, says) => {
    const ran = await template(...args);
    expect([ran.code, ran.stdout]).toEqual([code, '']);
    expect(ran.stderr).toContain(says);
  });

  it('is what `destinations test` needs there', async () => {
    const { stdout } = await template('sentinel', '--tables', 'DeviceEvents');
    const { rules, tables, entries } = deployed(JSON.parse(stdout) as ArmTemplate);
    const receiver = await startSentinelReceiver({ rules, tables, store: true });
    try {
      const entry = { type: 'sentinel', rules: entries(receiver.origin), allow_networks: ['127.0.0.0/8'] };
      const config = { storage: { account: 'contoso' }, destinations: { workspace: entry } };
      await writeFile(
        join(folder, 'relay.yaml'),
        JSON.stringify({ ...config, default_destinations: ['workspace'] }),
      );
      const env = {
        IDENTITY_ENDPOINT: `${receiver.origin}/msi/token`,
        IDENTITY_HEADER: receiver.identityHeader,
      };
      const ran = await run(['destinations', 'test', 'workspace'], { cwd: folder, env });
      expect(ran.stdout).toMatch(/^workspace: took the test event, in \d+ ms\.\n$/);
      expect(receiver.received).toMatchObject([
        { stream: 'Custom-DeviceEvents', row: { DeviceName: 'xdr-relay-doctor' }, losses: [] },
      ]);
    } finally {
      await receiver.close();
    }
  });
});
