// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AccountSASPermissions,
  AccountSASResourceTypes,
  AccountSASServices,
  generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../lab/process.ts';
import { runDoctor } from '../../src/cli/actions/doctor.ts';
import type { DoctorReport } from '../../src/relay/doctor/run.ts';
import { rows } from '../relay/harness.ts';
import { captured } from './captured.ts';
import { type Setting, startSetting } from './ops-setting.ts';

const signal = new AbortController().signal;

let s: Setting;
beforeAll(async () => {
  s = await startSetting();
  Object.assign(process.env, s.env);
}, 120_000);
afterAll(async () => {
  for (const name of Object.keys(s?.env ?? {})) delete process.env[name];
  delete process.env.LIST_ONLY;
  delete process.env.HEC_TOKEN;
  await s?.stop();
});

async function examine({ config = s.config, send = false, failOn = 'warning' as 'error' | 'warning' } = {}) {
  const out = captured();
  const options = { config, send, json: true, format: 'text' as const, failOn, timeout: 60_000 };
  const code = await runDoctor(options, out, signal);
  const report: DoctorReport = JSON.parse(out.text());
  const of = (id: string) => report.checks.find((check) => check.id === id)?.findings ?? [];
  const found = report.checks.filter(({ state }) => state === 'found').map(({ id }) => id);
  return { code, report, of, found };
}

/** relay.yaml with other destinations, and perhaps other accounts. */
async function configWith(destinations: string, storage = 'storage: { connection_string: "${CONNECTION}" }') {
  const file = join(s.folder, `${Math.random().toString(36).slice(2)}.yaml`);
  await writeFile(file, `${storage}\ndestinations:\n${destinations}\n`);
  return file;
}

describe('xdr-relay doctor', () => {
  it('says what is missing while Defender has not written', async () => {
    const { code, of, found, report } = await examine();
    expect(code).toBe(1);
    expect(found).toEqual(['source-read']);
    expect(of('source-read')).toMatchObject([
      { severity: 'warning', fix: expect.stringContaining('Streaming API') },
    ]);
    expect((await examine({ failOn: 'error' })).code).toBe(0);
    expect(report.checks.find(({ id }) => id === 'azure-setup')?.state).toBe('unknown');
    expect(of('azure-setup')).toMatchObject([
      { severity: 'note', fix: expect.stringContaining('az provider show --namespace Microsoft.EventGrid') },
    ]);
  }, 120_000);

  it('takes what serve creates at its first start for no fault', async () => {
    const config = await configWith(
      `  out: { type: file, path: ${JSON.stringify(join(s.folder, 'out.jsonl'))} }\ndefault_destinations: [out]`,
      [
        'storage: { connection_string: "${CONNECTION}", state_container: no-state, dead_letter_container: no-letters }',
        'queue: { name: no-queue }',
      ].join('\n'),
    );
    const { found, of } = await examine({ config });
    expect(found).toEqual(['source-read']);
    expect(of('state')).toMatchObject([{ severity: 'note', fix: expect.stringContaining('state import') }]);
    expect(of('queue')).toMatchObject([{ severity: 'note' }]);
  }, 120_000);

  it('finds nothing where all is well, and leaves nothing behind', async () => {
    const now = new Date();
    await s.append(now, rows(0, 2));
    await s.append(now, rows(0, 2), 'insights-logs-advancedhunting-contosocustom');
    await s.ports.documents.put('notifications', { v: 1, queue: now.getTime() }, undefined);
    const { code, report, of } = await examine({ send: true });
    expect(
      report.checks.flatMap(({ findings }) => findings.filter(({ severity }) => severity !== 'note')),
    ).toEqual([]);
    expect(code).toBe(0);
    expect(of('event-grid')).toMatchObject([
      { message: expect.stringMatching(/came straight into the queue \d+s ago/) },
    ]);
    expect(of('tables')).toMatchObject([
      { severity: 'note', message: expect.stringContaining('contosocustom is not in the schema') },
      { severity: 'note', message: expect.stringMatching(/^there is no container for AlertEvidence, /) },
    ]);
    expect(s.hook.bodies.join('')).toContain('XdrRelayDoctor');
    for await (const name of s.ports.documents.list('doctor')) expect.unreachable(name);
    for await (const name of s.ports.sharedClaims.listClaims('doctor', '')) expect.unreachable(name);
  }, 120_000);

  it('says which destination is out, in whose words, and what waits in the poison queue', async () => {
    const port = await freePort();
    const [, hook = ''] = /url: "([^"]+)"/.exec(await readFile(s.config, 'utf8')) ?? [];
    const config =
      await configWith(`  gone: { type: webhook, url: "http://127.0.0.1:${port}/", allow_networks: [127.0.0.0/8] }
  inside: { type: webhook, url: "http://127.0.0.1:${port}/" }
  hook: { type: webhook, url: "${hook}", allow_networks: [127.0.0.0/8] }
  many: { type: splunk_hec, url: ["${hook}a", "${hook}b"], token: "\${HEC_TOKEN}", allow_networks: [127.0.0.0/8] }
  nowhere: { type: file, path: ${JSON.stringify(join(s.folder, 'no', 'such', 'x.jsonl'))} }`);
    process.env.HEC_TOKEN = 'a-token';
    await s.ports.queue.send('nonsense');
    for (const message of await s.ports.queue.receive(32, 30)) await message.poison('nonsense');
    s.hook.status = 403;
    const { of, code } = await examine({ config, send: true });
    s.hook.status = 200;
    expect(code).toBe(1);
    const said = of('destinations')
      .map(({ message, fix }) => `${message} -> ${fix}`)
      .join('\n');
    expect(said).toMatch(
      /^gone cannot be reached: .*nothing listens at this address.* -> check host and port/m,
    );
    expect(said).toMatch(/^inside cannot be reached: .* -> .*allow_networks/m);
    expect(said).toMatch(/^nowhere cannot be reached: .*no such file or folder/m);
    expect(said).toMatch(/^hook did not take the test event: .*403/m);
    // Each address by itself.
    for (const path of ['a', 'b'])
      expect(said).toContain(`many at ${hook}${path} did not take the test event: `);
    expect(of('queue')).toMatchObject([{ severity: 'warning', fix: expect.stringContaining('poison list') }]);
    expect(of('rules')).toMatchObject([
      { severity: 'error', message: expect.stringContaining('no row goes anywhere') },
    ]);
  }, 120_000);

  it('reaches the destinations while the storage account is down', async () => {
    const down = `http://127.0.0.1:${await freePort()}/devstoreaccount1`;
    process.env.LIST_ONLY = `BlobEndpoint=${down};QueueEndpoint=${down};SharedAccessSignature=sv=1&sig=x`;
    const config = await configWith(
      '  out: { type: file, path: "-" }',
      'storage: { connection_string: "${LIST_ONLY}", account: devstoreaccount1 }',
    );
    const { found } = await examine({ config });
    expect(found).toContain('service');
    expect(found).not.toContain('destinations');
  }, 120_000);

  it('finds an identity that may list and not read, as an Owner may', async () => {
    const [, key = ''] = /AccountKey=([^;]+)/.exec(s.azurite.connectionString) ?? [];
    const sas = generateAccountSASQueryParameters(
      {
        expiresOn: new Date(Date.now() + 3_600_000),
        permissions: AccountSASPermissions.parse('l'),
        resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
        services: AccountSASServices.parse('b').toString(),
      },
      new StorageSharedKeyCredential(s.azurite.account, key),
    );
    process.env.LIST_ONLY = `BlobEndpoint=${s.azurite.blobEndpoint};SharedAccessSignature=${sas}`;
    const config = await configWith(
      '  out: { type: file, path: "-" }',
      [
        `storage: { connection_string: "\${LIST_ONLY}", account: ${s.azurite.account} }`,
        'state: { connection_string: "${CONNECTION}" }',
        'queue: { connection_string: "${CONNECTION}" }',
      ].join('\n'),
    );
    const { of, found, report } = await examine({ config });
    expect(of('source-read')).toMatchObject([
      { severity: 'error', message: expect.stringContaining('can be listed, but not read') },
    ]);
    expect(found).not.toContain('state');
    expect(JSON.stringify(report)).not.toContain(sas.signature);
  }, 120_000);
});
