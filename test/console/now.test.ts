/** The pages Now and Tables in Chromium: two processes, one of them killed, hostile names and replies, and a state that does not answer. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import type { SessionAnswer } from '../../src/console/model/session.ts';
import { codeOf, messageOf } from '../../src/shared/errors.ts';
import { destinationRecord, minutes, putActivity, tableRecord } from '../console-server/activity-document.ts';
import { type ConsoleSetting, startConsole } from '../console-server/setting.ts';
import { hasBrowser, openPage } from '../support/browser.ts';
import { expectOnlyText } from '../support/only-text.ts';
import { type Answer, type StaticConsole, startStaticConsole } from './static-console.ts';

const FIRST_LOAD_BYTES = 60_000;
const MINUTE = 60_000;
const SCRIPT = '<script>alert(1)</script>';
const BIDI = 'Device\u202eEvents\u0007';
const LONG = 'x'.repeat(200);
const MARKUP = '<img src=x onerror=alert(1)>';
const SESSION: SessionAnswer = {
  viewer: { name: 'local', role: 'operator', by: 'none' },
  logins: [],
  allowed: { rows: true, capture: false, acts: true },
  version: '0.1.0',
};

let setting: ConsoleSetting;
let server: StaticConsole;
let isDown = false;

beforeAll(async () => {
  if (!hasBrowser()) return;
  // What destinations answered is shown where all rows are.
  setting = await startConsole('console: { rows: { show: true } }\n');
  server = await startStaticConsole(answer);
  const { documents, clock } = setting.ports;
  const now = clock.now();
  const columns = [
    { name: MARKUP, bytes: 900 },
    { name: 'FolderPath', bytes: 100 },
  ];
  await putActivity(documents, now, {
    host: `relay-1 ${MARKUP}`,
    destinations: [destinationRecord('hook', { oldestSeconds: 4_000 }), destinationRecord('archive')],
    tables: [
      tableRecord('DeviceProcessEvents', { columns, unreadBytes: 900 }),
      tableRecord(SCRIPT),
      tableRecord(BIDI),
      tableRecord(LONG),
    ],
  });
  await putActivity(documents, now, {
    host: 'relay-2',
    writtenOn: now - 10 * MINUTE,
    totals: { rows: minutes(60), bytes: '', filtered: '', alerts: '' },
  });
  const breaker = { since: now - 20 * MINUTE, failures: 7, openUntil: now + MINUTE, code: 'not_authorized' };
  const message = `The receiver answered 401: ${SCRIPT}${BIDI} ${'y'.repeat(5_000)}`;
  await documents.put('breakers/hook', { ...breaker, message }, undefined);
}, 120_000);
afterAll(async () => {
  server?.close();
  await setting?.stop();
});

async function answer(address: string): Promise<Answer> {
  const { pathname, searchParams } = new URL(address, 'http://console/');
  const path = pathname.slice(1);
  if (path === 'session') return { status: 200, body: SESSION };
  try {
    if (isDown) throw new Error('The state cannot be read.');
    return { status: 200, body: await setting.view<object>(path, Object.fromEntries(searchParams)) };
  } catch (error) {
    return {
      status: 500,
      body: { error: { code: codeOf(error) ?? 'internal_error', message: messageOf(error) } },
    };
  }
}

describe.skipIf(!hasBrowser()).each(['light', 'dark'] as const)('in %s', (theme) => {
  it('Now has no fault, and shows what hostile names hide', async () => {
    const open = await openPage(server.url, { theme });
    const { page, violations, close } = open;
    await page.getByRole('heading', { name: 'Now' }).waitFor();
    const processes = page.getByRole('table', { name: 'Processes of the relay' });
    await processes.getByRole('row').filter({ hasText: 'relay-2' }).getByText('stale').waitFor();
    await expect.poll(() => processes.innerText()).toContain(MARKUP);
    const hook = page
      .getByRole('table', { name: 'Destinations' })
      .getByRole('row')
      .filter({ hasText: 'hook' });
    await hook.getByText('out of service').waitFor();
    await expect.poll(() => hook.innerText()).toContain(`${SCRIPT}Device\\u{202E}Events\\u{7}`);
    await page.getByRole('region', { name: 'Picture of the flow' }).getByText(SCRIPT).waitFor();
    await page.locator('.canvas canvas').first().waitFor();
    const top = page.getByRole('region', { name: 'What needs attention' });
    await top.getByText('Hook has been out of service').waitFor();
    await top.getByText('The process on relay-2 has not written').waitFor();
    expect(await violations()).toEqual([]);
    await expectOnlyText(open);
    await close();
  });

  it('Tables has no fault, and opens the columns of a table by keyboard', async () => {
    const open = await openPage(`${server.url}tables`, { theme });
    const { page, violations, close } = open;
    const table = page.getByRole('table', { name: 'Tables of which rows were read' });
    await table.getByRole('link', { name: SCRIPT }).waitFor();
    await expect.poll(() => table.innerText()).toContain('Device\\u{202E}Events\\u{7}');
    expect(await violations()).toEqual([]);
    await table.getByRole('link', { name: 'DeviceProcessEvents' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Columns of DeviceProcessEvents' });
    await dialog.getByText(MARKUP).waitFor();
    expect(page.url()).toContain('?table=DeviceProcessEvents');
    expect(await violations()).toEqual([]);
    await expectOnlyText(open);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(page.url()).not.toContain('?');
    await expectOnlyText(open);
    await close();
  });
});

describe.skipIf(!hasBrowser())('the pages', () => {
  it('are loaded at first with at most 60 KB, the chart included', async () => {
    const { page, close } = await openPage(server.url);
    await page.locator('.canvas canvas').first().waitFor();
    const loaded = await page.evaluate<string[]>(
      `performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/assets/'))`,
    );
    const names = ['index.html', ...loaded.map((url) => url.slice(server.url.length))];
    const sizes = await Promise.all(
      names.map(async (name) => (await stat(join(ROOT, 'dist/console', `${name}.br`))).size),
    );
    expect(sizes.length).toBeGreaterThan(4);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(FIRST_LOAD_BYTES);
    await close();
  });

  it('fit into 360 pixels', async () => {
    const { page, overflow, violations, close } = await openPage(server.url, { width: 360 });
    await page.getByRole('table', { name: 'Processes of the relay' }).waitFor();
    expect(await overflow()).toBe(0);
    expect(await violations()).toEqual([]);
    await page.getByRole('link', { name: 'Tables' }).click();
    await page.getByRole('table').waitFor();
    expect(await overflow()).toBe(0);
    expect(await violations()).toEqual([]);
    await close();
  });

  it('are reached by keyboard alone, and say where one is', async () => {
    const { page, close } = await openPage(server.url);
    await page.getByRole('heading', { name: 'Now' }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the page');
    await page.getByRole('link', { name: 'Tables' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Tables' }).waitFor();
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(await page.title()).toBe('Tables - xdr-relay');
    await page.getByRole('button', { name: 'Bytes', exact: true }).press('Enter');
    await page.locator('th[aria-sort=descending]').waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'Now' }).waitFor();
    const destinations = page.getByRole('table', { name: 'Destinations' });
    expect(await destinations.getByRole('link', { name: 'archive' }).getAttribute('href')).toBe(
      '/console/destinations?destination=archive',
    );
    await close();
  });

  it('say that what they show is old while the relay does not answer', async () => {
    const { page, close } = await openPage(server.url, { expected: /status of 500/ });
    await page.getByRole('table', { name: 'Processes of the relay' }).waitFor();
    isDown = true;
    await page.getByText(/What you see is .* old/).waitFor();
    await page.getByRole('table', { name: 'Processes of the relay' }).waitFor();
    isDown = false;
    await page.getByText(/What you see is .* old/).waitFor({ state: 'detached' });
    await close();
  });
});
