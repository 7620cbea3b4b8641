/** What the playground shows as the wire form is what receivers get from `serve`, byte for byte, for the same row and settings. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../console/playground/engine/engine.ts';
import { ALL_PARTS } from '../../console/playground/engine/late-parts.ts';
import type { PlaygroundState, WireForm } from '../../console/playground/engine/messages.ts';
import type { Azurite } from '../../lab/azurite.ts';
import { startElasticReceiver } from '../../lab/receivers/elastic.ts';
import { startOtlpReceiver } from '../../lab/receivers/otlp.ts';
import { PAGERDUTY_KEY, startPagerdutyReceiver } from '../../lab/receivers/pagerduty.ts';
import type { ReceivedRequest, Receiver } from '../../lab/receivers/server.ts';
import { startSlackReceiver } from '../../lab/receivers/slack.ts';
import { startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { startSumoReceiver } from '../../lab/receivers/sumo.ts';
import { startTeamsReceiver } from '../../lab/receivers/teams.ts';
import { startWebhookReceiver } from '../../lab/receivers/webhook.ts';
import { type ServeProcess, startServe, writeConfig } from '../../lab/serve.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

const CONTAINER = 'insights-logs-advancedhunting-deviceprocessevents';
const KEY = 'a-key-that-is-long-enough';
const SECRET = `whsec_${Buffer.from('a-secret-of-the-wire-test').toString('base64')}`;
const TOKEN = '11111111-2222-4333-8444-555555555555';
const WITHIN_MS = 45_000;

/** Numbers that a double changes, escapes, other scripts, a value that a step removes and one that it changes. */
const ROW =
  '{"time":"2026-11-27T08:00:04.5521173Z","tenantId":"1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c","operationName":"Publish","category":"AdvancedHunting-DeviceProcessEvents","properties":{"Timestamp":"2026-11-27T07:58:31.4127745Z","DeviceName":"pc-é.contoso.com","ActionType":"ProcessCreated","FileName":"PowerShell.exe","FolderPath":"C:\\\\Windows\\\\System32\\\\PowerShell.exe","ProcessCommandLine":"powershell -enc AAAA \\"<x>\\" \\u202egpj","AccountName":"müller","ReportId":9007199254740993,"FileSize":150,"AdditionalFields":{"a":1.50},"SHA1":""}}';

const FILES = [
  {
    path: 'DeviceProcessEvents.yaml',
    text: `table: DeviceProcessEvents
transform:
  - remove_empty: true
  - lowercase: [FileName]
  - hash: { columns: [AccountName], key: $HASH_KEY }
`,
  },
  {
    path: 'detections/encoded.yml',
    text: `title: Encoded command
id: 6f1d3c8e-5a0b-4f0e-9c53-0d2b8f0a7c11
level: high
description: Hides what it does.
tags: [attack.execution, attack.t1059.001]
logsource: { product: windows, category: process_creation }
detection:
  selection: { CommandLine|contains: ' -enc ' }
  condition: selection
`,
  },
  {
    path: 'detections/shell.yml',
    text: `title: PowerShell
id: 6f1d3c8e-5a0b-4f0e-9c53-0d2b8f0a7c12
level: medium
logsource: { product: windows, category: process_creation }
detection:
  selection: { Image|endswith: '\\powershell.exe' }
  condition: selection
`,
  },
];

/** By destination, what its receiver got. */
const got = new Map<string, ReceivedRequest[]>();
const closing: (() => Promise<unknown>)[] = [];
let azurite: Azurite;
let serve: ServeProcess;
let forms: ReadonlyMap<string, WireForm>;

function recording(name: string) {
  const list: ReceivedRequest[] = [];
  got.set(name, list);
  return { fault: (request: ReceivedRequest) => void list.push(request) };
}

function kept<R extends Receiver>(receiver: R): R {
  closing.push(() => receiver.close());
  return receiver;
}

/** @param value a secret as the text is to have it: a reference for `serve`, itself for the playground. */
async function destinations(): Promise<(value: (name: string, secret: string) => string) => string> {
  const hec = kept(await startHecReceiver({ token: TOKEN, ...recording('splunk') }));
  const plain = kept(await startHecReceiver({ token: TOKEN, ...recording('splunk-ocsf') }));
  const hook = kept(await startWebhookReceiver({ secret: SECRET, ...recording('hook') }));
  const single = kept(await startWebhookReceiver({ ...recording('cloudevents') }));
  const grouped = kept(await startWebhookReceiver({ ...recording('grouped') }));
  const slack = kept(await startSlackReceiver(recording('slack')));
  const teams = kept(await startTeamsReceiver(recording('teams')));
  const pagerduty = kept(await startPagerdutyReceiver(recording('pagerduty')));
  const elastic = kept(await startElasticReceiver({ apiKey: 'id1:secret', ...recording('elastic') }));
  const otlp = kept(await startOtlpReceiver(recording('otlp')));
  const sumo = kept(await startSumoReceiver(recording('sumo')));
  const near = 'allow_networks: [127.0.0.0/8]';
  return (value) => `destinations:
  splunk: { type: splunk_hec, url: "${hec.origin}", token: "${value('HEC', TOKEN)}", ${near} }
  splunk-ocsf: { type: splunk_hec, url: "${plain.origin}", token: "${value('HEC', TOKEN)}", shape: ocsf, compression: none, ${near} }
  hook: { type: webhook, url: "${hook.url}", secrets: ["${value('HOOK', SECRET)}"], headers: { x-own: one }, ${near} }
  cloudevents: { type: webhook, url: "${single.url}", format: cloudevents, mode: binary, compression: gzip, ${near} }
  grouped: { type: webhook, url: "${grouped.url}", group_alerts: true, ${near} }
  slack: { type: slack, webhook_url: "${value('SLACK', slack.url)}", ${near} }
  teams: { type: teams, webhook_url: "${value('TEAMS', teams.url)}", ${near} }
  pagerduty: { type: pagerduty, url: "${pagerduty.url}", routing_key: "${value('PAGERDUTY', PAGERDUTY_KEY)}", ${near} }
  elastic: { type: elastic, url: "${elastic.origin}", api_key: "${value('ELASTIC', elastic.apiKey)}", ${near} }
  otlp: { type: otlp, url: "${otlp.origin}", ${near} }
  sumo: { type: http_preset, preset: sumo, endpoint: "${sumo.origin}", secrets: { url: "${value('SUMO', `https://collectors.sumologic.com${new URL(sumo.url).pathname}`)}" }, ${near} }
default_destinations: [splunk, splunk-ocsf, hook, cloudevents, elastic, otlp, sumo]
alerts:
  - { levels: [medium, high], to: [splunk, splunk-ocsf, hook, cloudevents, grouped, slack, teams, pagerduty, elastic, otlp, sumo] }
variables: { HASH_KEY: "${value('HASH', 'a-key-of-at-least-32-characters-long')}" }
`;
}

beforeAll(async () => {
  const text = await destinations();
  azurite = await azuriteAccount();
  const hour = new Date().toISOString();
  const name = `tenantId=1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c/y=${hour.slice(0, 4)}/m=${hour.slice(5, 7)}/d=${hour.slice(8, 10)}/h=${hour.slice(11, 13)}/m=00/PT1H.json`;
  const container = BlobServiceClient.fromConnectionString(azurite.connectionString).getContainerClient(
    CONTAINER,
  );
  await container.create();
  const blob = container.getAppendBlobClient(name);
  await blob.create();
  const line = Buffer.from(`${ROW}\r\n`);
  await blob.appendBlock(line, line.length);

  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-wire-'));
  closing.push(() => rm(folder, { recursive: true, force: true }));
  const env: Record<string, string> = { STORAGE: azurite.connectionString, KEY };
  const relay = text((variable, secret) => {
    env[variable] = secret;
    return `\${${variable}}`;
  });
  const configFile = await writeConfig(
    folder,
    `storage: { connection_string: "\${STORAGE}" }\nserver: { keys: ["\${KEY}"] }\ntail: { poll_min: 500ms }\n${relay}`,
  );
  for (const { path, text: rules } of FILES) {
    const file = join(folder, 'transforms', path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, rules);
  }
  serve = await startServe({ configFile, env });
  await fetch(`${serve.url}/events?code=${KEY}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      id: '1',
      eventType: 'Microsoft.Storage.BlobCreated',
      subject: '',
      data: { url: `${azurite.blobEndpoint}/${CONTAINER}/${name}` },
    }),
  });
  const until = performance.now() + WITHIN_MS;
  while ([...got.values()].some((list) => list.length === 0) && performance.now() < until) await delay(100);
  // A second request of a destination would be here by then.
  await delay(2_000);

  const signed = got.get('hook')?.[0]?.headers['webhook-timestamp'];
  const engine = new Engine({ parts: ALL_PARTS, blob: `${CONTAINER}/${name}` });
  const state: PlaygroundState = {
    files: FILES,
    relay: text((_name, secret) => secret),
    rows: ROW,
    table: '',
  };
  const checked = await engine.check({ state });
  expect(checked.findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  const now = Number(signed) * 1000;
  expect((await engine.run({ state, now })).rows).toHaveLength(1);
  const account = await engine.row({ n: 0, now });
  forms = new Map(account?.wire.map((form) => [form.to, form]));
}, 120_000);

afterAll(async () => {
  await serve?.stop('SIGKILL');
  for (const close of closing) await close();
  await azurite?.stop();
});

/** Headers that the HTTP client adds, or that differ by time. */
const OTHER = [
  'host',
  'connection',
  'content-length',
  'accept-encoding',
  'user-agent',
  'accept',
  'accept-language',
  'sec-fetch-mode',
  'transfer-encoding',
];

/** @param isSigned whether the playground was told the time at which the request was signed. */
function headersOf(
  headers: Iterable<readonly [string, unknown]>,
  isSigned: boolean,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...headers]
      .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
      .filter(([name]) => !OTHER.includes(name) && (isSigned || name !== 'webhook-timestamp'))
      .toSorted(),
  );
}

describe('the wire form', () => {
  it.each([
    'splunk',
    'splunk-ocsf',
    'hook',
    'cloudevents',
    'grouped',
    'slack',
    'teams',
    'pagerduty',
    'elastic',
    'otlp',
    'sumo',
  ])('of %s is what its receiver got from serve', (name) => {
    const requests = got.get(name) ?? [];
    const shown = forms.get(name)?.requests ?? [];
    expect(requests.length, serve.log().slice(-2000)).toBeGreaterThan(0);
    expect(
      shown.map(({ method, url, body }) => ({ method, path: pathOf(url), body: ungrouped(body) })),
    ).toEqual(requests.map(({ method, path, body }) => ({ method, path, body: ungrouped(body) })));
    expect(shown.map(({ headers }) => headersOf(headers, name === 'hook'))).toEqual(
      requests.map(({ headers }) => headersOf(Object.entries(headers), name === 'hook')),
    );
  });

  it('has what the schema says of OCSF and ECS', () => {
    expect(forms.get('splunk-ocsf')?.verdict).toEqual({ shape: 'ocsf', violations: [] });
    expect(forms.get('elastic')?.verdict).toEqual({ shape: 'ecs', violations: [] });
    expect(forms.get('splunk')?.verdict).toBeUndefined();
  });
});

/** A group's id is made of when it was opened: nobody knows that beforehand. */
function ungrouped(body: string): string {
  return body.replace(/(?<="(?:block_id|id)":"g:|"dedup_key":")[0-9a-f]{32}/g, '(group)');
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}
