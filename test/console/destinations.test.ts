/** The page Destinations in Chromium, over a real relay: its state, a test, a reset, a replay, and hostile replies. */
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rows } from '../relay/harness.ts';
import { hasBrowser, NO_FAULTS, type OpenPage, openPage } from '../support/browser.ts';
import { expectOnlyText } from '../support/only-text.ts';
import { type OpsServer, startOpsServer, TOKEN } from './ops-server.ts';

const HOSTILE = `<script>alert(1)</script> a\u202egpj.exe ${'x'.repeat(100_000)}`;

describe.skipIf(!hasBrowser())('the page Destinations', () => {
  let s: OpsServer;
  let open: OpenPage | undefined;
  beforeAll(async () => {
    s = await startOpsServer(false);
  }, 120_000);
  afterAll(() => s?.stop(), 60_000);
  afterEach(async () => {
    s.fault = undefined;
    await open?.close();
    open = undefined;
  });
  const one = 'destinations?destination=splunk';

  it('shows each destination, without secrets', async () => {
    open = await openPage(s.url + one);
    const { page, faults, violations, overflow } = open;
    await page.getByRole('heading', { name: 'What waits for it' }).waitFor();
    await page.getByText('Settings').click();
    await page.getByText('token: "********"').waitFor();
    expect(await page.content()).not.toContain(TOKEN);
    expect(await violations()).toEqual([]);
    expect(await overflow()).toBe(0);
    expect(faults).toEqual(NO_FAULTS);
  });

  it('tests one: what it answers is shown as text, whatever it is', async () => {
    open = await openPage(s.url + one, { width: 360 });
    const { page, violations } = open;
    const test = async () => {
      await page.getByRole('button', { name: 'Test…' }).click();
      await page.getByText('says of itself that it is a test of xdr-relay').waitFor();
      await page.getByRole('button', { name: 'Send a test event to splunk' }).click();
    };
    await test();
    await page.getByText('splunk took the test event').waitFor();
    expect(JSON.stringify(s.splunk.received)).toContain('A test of xdr-relay');
    s.fault = () => ({ status: 403, body: JSON.stringify({ text: `${HOSTILE} ${TOKEN}`, code: 4 }) });
    await test();
    await page.getByText('splunk did not take the test event').waitFor();
    expect(await page.content()).not.toContain(TOKEN);
    expect(await violations()).toEqual([]);
    await expectOnlyText(open);
  });

  it('says why one is out of service, and resets it by the keyboard alone', async () => {
    const now = s.ports.clock.now();
    const record = { since: now - 60_000, openUntil: now + 600_000, pause: 1, probedUntil: 0, failures: 3 };
    const value = { ...record, code: 'busy', message: HOSTILE };
    await s.ports.documents.put('breakers/archive', value, undefined);
    open = await openPage(`${s.url}destinations?destination=archive`, { theme: 'dark' });
    const { page, faults, violations } = open;
    await page.getByText('It is out of service since').waitFor();
    await page.getByText('\\u{202E}').first().waitFor();
    expect(await violations()).toEqual([]);
    await expectOnlyText(open);
    await page.getByRole('button', { name: 'Reset…' }).press('Enter');
    await page.getByRole('button', { name: 'Reset archive' }).press('Enter');
    await page.getByText('archive: its breaker is closed').waitFor();
    await page.getByText('It is out of service since').waitFor({ state: 'detached' });
    expect(faults).toEqual(NO_FAULTS);
  });

  it('counts a replay, asks, and queues it: the rows arrive once more', async () => {
    const service = BlobServiceClient.fromConnectionString(s.connectionString);
    const container = service.getContainerClient('insights-logs-advancedhunting-deviceevents');
    await container.createIfNotExists();
    const blob = container.getAppendBlobClient('tenantId=t/y=2026/m=09/d=01/h=05/m=00/PT1H.json');
    await blob.createIfNotExists();
    const text = rows(100, 103);
    await blob.appendBlock(text, text.length);
    open = await openPage(s.url + one);
    const { page, faults, violations } = open;
    await page.getByRole('button', { name: 'Replay hours…' }).click();
    await page.getByLabel('From (UTC)').fill('2026-09-01T00:00');
    await page.getByLabel('To (UTC)').fill('2026-09-02T00:00');
    await page.getByRole('button', { name: 'Count' }).click();
    await page.getByRole('button', { name: 'Replay 1 blob to splunk' }).waitFor();
    expect(await violations()).toEqual([]);
    await page.getByRole('button', { name: 'Replay 1 blob to splunk' }).click();
    await page.getByText('Done: 1 of 1 blobs looked at are queued').waitFor();
    await expect
      .poll(() => s.splunk.received.filter(({ event }) => JSON.stringify(event).includes('"n":102')).length, {
        timeout: 30_000,
      })
      .toBeGreaterThan(0);
    expect(faults).toEqual(NO_FAULTS);
  });
});
