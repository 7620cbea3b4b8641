import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { httpNotifier, notificationRequest } from '../../lab/notifications.ts';
import { type MessageContent, messageContent } from '../../lab/receivers/message-content.ts';
import { type SlackReceiver, startSlackReceiver } from '../../lab/receivers/slack.ts';
import { type HecReceiver, startHecReceiver } from '../../lab/receivers/splunk-hec.ts';
import { type ServeProcess, startServe } from '../../lab/serve.ts';
import { hourFolder } from '../../src/shared/blob-ref.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

// What people and machines were told of alerts before alerts were things of their own: nobody learned which alert Defender had raised, and a
// SIEM got the same row twice.

const TENANT = '11111111-2222-3333-4444-555555555555';
const KEY = 'a-key-for-the-endpoint';
const TOKEN = '8f5b6c1e-6f0e-4a3e-9a4b-1c0b7d0e8f21';
const SHIPPED = fileURLToPath(new URL('../../transforms/', import.meta.url));
const WITHIN_MS = 90_000;

let folder: string;
let azurite: Azurite;
let slack: SlackReceiver;
let splunk: HecReceiver;
let relay: ServeProcess;
const told: MessageContent[] = [];
const indexed: Record<string, unknown>[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-alert-cases-'));
  azurite = await azuriteAccount();
  slack = await startSlackReceiver({ onMessage: (message) => told.push(messageContent(message)) });
  splunk = await startHecReceiver({ token: TOKEN, onEvent: (event) => indexed.push({ ...event }) });
  const detections = join(folder, 'transforms/detections');
  await mkdir(detections, { recursive: true });
  for (const file of ['AlertInfo.yaml', 'AlertEvidence.yaml', 'detections/defender_alert_high.yml']) {
    await copyFile(SHIPPED + file, join(folder, 'transforms', file));
  }
  await copyFile(
    `${SHIPPED}detections/shadow_copies_deleted.yml`,
    join(detections, 'shadow_copies_deleted.yml'),
  );
  await writeFile(
    join(detections, 'logon.yml'),
    `title: Logon of an important person
name: logon
status: test
logsource: { product: m365defender, category: DeviceLogonEvents }
detection: { logon: { ActionType: LogonSuccess, AccountName: alice }, condition: logon }
---
title: Many logons on one host
correlation:
  type: event_count
  rules: [logon]
  group-by: [DeviceName]
  timespan: 1h
  condition: { gte: 2 }
level: high
`,
  );
  const configFile = join(folder, 'relay.yaml');
  await writeFile(
    configFile,
    `
storage: { connection_string: "\${CONNECTION}" }
queue: { visibility: 5s }
server: { keys: ["\${KEY}"] }
tail: { poll_min: 1s, poll_max: 2s }
defender_alerts: { join_wait: 10s }
destinations:
  soc-slack: { type: slack, webhook_url: "\${SLACK_URL}", allow_networks: [127.0.0.0/8] }
  splunk: { type: splunk_hec, url: "${splunk.origin}", token: "\${TOKEN}", allow_networks: [127.0.0.0/8] }
default_destinations: [splunk]
alerts: [{ levels: [high, critical], to: [soc-slack, splunk] }]
`,
  );
  const env = { CONNECTION: azurite.connectionString, KEY, TOKEN, SLACK_URL: slack.url };
  relay = await startServe({ configFile, env });
});

afterAll(async () => {
  await relay?.stop('SIGKILL');
  await Promise.all([slack?.close(), splunk?.close(), azurite?.stop()]);
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** Appends rows to the table's blob of this hour, and announces it. */
async function append(table: string, rows: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const container = `insights-logs-advancedhunting-${table.toLowerCase()}`;
  const name = `tenantId=${TENANT}/${hourFolder(Date.now())}m=00/PT1H.json`;
  const client = service.getContainerClient(container);
  await client.createIfNotExists();
  const blob = client.getAppendBlobClient(name);
  await blob.createIfNotExists();
  const time = new Date().toISOString();
  const lines = rows.map((row) =>
    JSON.stringify({
      time,
      tenantId: TENANT,
      operationName: 'Publish',
      category: `AdvancedHunting-${table}`,
      properties: { Timestamp: time, ...row },
    }),
  );
  const text = `${lines.join('\r\n')}\r\n`;
  await blob.appendBlock(text, Buffer.byteLength(text));
  const ref = { account: azurite.account, container, name };
  const event = { ref, url: blob.url, id: randomUUID(), at: Date.now() };
  await httpNotifier(`${relay.url}/events?code=${KEY}`)(notificationRequest(event, 'event_grid'));
}

async function until(done: () => boolean): Promise<void> {
  const deadline = performance.now() + WITHIN_MS;
  while (!done() && performance.now() < deadline) await delay(100);
}

const messagesWith = (text: string) => told.filter((message) => message.text.includes(text));

function info(id: string, title: string) {
  return {
    AlertId: id,
    Title: title,
    Category: 'Ransomware',
    Severity: 'High',
    ServiceSource: 'Microsoft Defender for Endpoint',
    DetectionSource: 'EDR',
    AttackTechniques: '["Data Encrypted for Impact (T1486)"]',
  };
}

describe('what people are told of', () => {
  it("Defender's own alert: which one, on what, once, with the evidence of the other table", async () => {
    await append('AlertInfo', [info('da1_-1', 'Ransomware activity detected')]);
    await append('AlertEvidence', [
      {
        AlertId: 'da1_-1',
        EntityType: 'Machine',
        DeviceName: 'fs-01.contoso.example',
        DeviceId: 'a'.repeat(40),
      },
      { AlertId: 'da1_-1', EntityType: 'User', AccountName: 'eve', AccountUpn: 'eve@contoso.example' },
    ]);
    await until(() => messagesWith('Ransomware activity detected').length > 0);
    // A second one would have come by now.
    await delay(3_000);
    const messages = messagesWith('Ransomware activity detected');
    expect(messages).toHaveLength(1);
    const text = messages[0]?.text ?? '';
    for (const part of [
      'fs-01.contoso.example',
      'eve',
      'T1486',
      'https://security.microsoft.com/alerts/da1_-1',
    ]) {
      expect(text).toContain(part);
    }
  });

  it("seven of Defender's alerts: the title of each, not seven times the rule's", async () => {
    const titles = Array.from({ length: 7 }, (_, n) => `Suspicious thing number ${n + 1}`);
    await append(
      'AlertInfo',
      titles.map((title, n) => info(`da2_${n}`, title)),
    );
    await until(() => titles.every((title) => messagesWith(title).length > 0));
    for (const title of titles) expect(messagesWith(title).length, title).toBeGreaterThan(0);
  });

  it('a correlation that is met again and again: one message for its host', async () => {
    const logon = { ActionType: 'LogonSuccess', AccountName: 'alice', DeviceName: 'h-1.contoso.example' };
    await append(
      'DeviceLogonEvents',
      Array.from({ length: 5 }, (_, n) => ({ ...logon, ReportId: n })),
    );
    await until(() => messagesWith('Many logons on one host').length > 0);
    await delay(3_000);
    expect(messagesWith('Many logons on one host')).toHaveLength(1);
  });
});

describe('what a SIEM is told of', () => {
  it('an alert: a record of its own that leads to the row, which it has once', async () => {
    await append('DeviceProcessEvents', [
      {
        DeviceName: 'pc-7.contoso.example',
        FileName: 'vssadmin.exe',
        FolderPath: 'C:\\Windows\\System32\\vssadmin.exe',
        ProcessCommandLine: 'vssadmin delete shadows /all',
      },
    ]);
    const ofHost = () => indexed.filter((event) => JSON.stringify(event).includes('pc-7.contoso.example'));
    await until(() => ofHost().length > 1);
    await delay(1_000);
    const alerts = ofHost().filter(({ sourcetype }) => sourcetype === 'xdr_relay:alert');
    const rows = ofHost().filter(({ sourcetype }) => sourcetype !== 'xdr_relay:alert');
    expect(alerts).toHaveLength(1);
    expect(rows).toHaveLength(1);
    const [{ fields: ofAlert, event, source } = {}] = alerts;
    const [{ fields: ofRow } = {}] = rows;
    expect(source).toBe('xdr_relay:alert');
    expect(ofRow).not.toHaveProperty('alert_id');
    expect(ofAlert).toMatchObject({ event_id: Reflect.get(Object(ofRow), 'event_id'), severity: 'critical' });
    expect(Reflect.get(Object(ofAlert), 'alert_id')).toMatch(/^[0-9a-f]{32}$/);
    expect(Reflect.get(Object(ofAlert), 'alert_id')).not.toBe(Reflect.get(Object(ofRow), 'event_id'));
    expect(event).toMatchObject({ kind: 'alert' });
    expect(event).not.toHaveProperty('properties');
  });
});
