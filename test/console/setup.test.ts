/** The page Setup in Chromium, of a real `serve`: all checks, one group after the other, a test event, and hostile answers. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, NO_FAULTS, openPage } from '../support/browser.ts';
import { expectOnlyText, HOSTILE_TEXT, LONGEST_TEXT, moreThanText } from '../support/only-text.ts';
import { type OpsServer, startOpsServer, TOKEN } from './ops-server.ts';

const LONG_MS = 120_000;

describe.skipIf(!hasBrowser())('the page Setup', () => {
  let s: OpsServer;

  beforeAll(async () => {
    s = await startOpsServer(false);
  }, 240_000);
  afterAll(() => s?.stop(), 60_000);
  afterEach(() => {
    s.fault = undefined;
  });

  it('runs nothing by itself, then each group with its progress, and says what to do', async () => {
    const { page, faults, violations, overflow, close } = await openPage(`${s.url}setup`, { width: 360 });
    await page.getByText('Not run in this process yet.').first().waitFor({ timeout: LONG_MS });
    await expect.poll(() => page.getByText('Not run in this process yet.').count()).toBe(5);
    await page.getByRole('button', { name: 'Run all checks' }).press('Enter');
    await page.getByRole('progressbar', { name: 'Checks that are done' }).waitFor();
    await page.getByRole('progressbar').waitFor({ state: 'detached', timeout: LONG_MS });
    await expect
      .poll(() => page.getByText('Not run in this process yet.').count(), { timeout: LONG_MS })
      .toBe(0);
    const state = page.getByRole('listitem').filter({ hasText: 'The state can be written' });
    await state.getByText('ok', { exact: true }).waitFor();
    await page.getByText('What to do:').first().waitFor();
    // Also while the pointer is on it, its text must be seen.
    await page.getByRole('button', { name: 'Run all checks' }).hover();
    expect(await violations()).toEqual([]);
    expect(await overflow()).toBe(0);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  }, 300_000);

  it('sends a test event after a question, and shows hostile answers as text', async () => {
    const now = s.ports.clock.now();
    const record = { since: now - 60_000, openUntil: now + 600_000, pause: 1, probedUntil: 0, failures: 3 };
    const value = {
      ...record,
      code: 'busy',
      message: `Archive answered 503: ${LONGEST_TEXT.slice(0, 500_000)}`,
    };
    await s.ports.documents.put('breakers/archive', value, undefined);
    const open = await openPage(`${s.url}setup`, { width: 360, theme: 'dark' });
    const { page, violations, close } = open;
    page.setDefaultTimeout(LONG_MS);
    const before = s.splunk.received.length;
    const send = async () => {
      await page.getByRole('button', { name: 'Send a test event…' }).press('Enter');
      const dialog = page.getByRole('dialog', { name: 'Send a test event' });
      await dialog.getByText('channels of people included').waitFor();
      const answered = page.waitForResponse((reply) => reply.request().method() === 'POST');
      await dialog.getByRole('button', { name: 'Send', exact: true }).press('Enter');
      await answered;
      await page.getByRole('progressbar').waitFor({ state: 'detached' });
    };
    const group = page.locator('section').filter({ hasText: 'Destinations and messages' });
    const reached = group.getByRole('listitem').filter({ hasText: 'Every destination can be reached' });
    await send();
    await group.getByText('with a test event to each destination').waitFor();
    await reached.getByText('ok', { exact: true }).waitFor();
    expect(JSON.stringify(s.splunk.received.slice(before))).toContain('XdrRelayDoctor');

    s.fault = () => ({ status: 403, body: JSON.stringify({ text: `${HOSTILE_TEXT} ${TOKEN}`, code: 4 }) });
    await send();
    await reached.getByText('splunk did not take the test event').waitFor();
    await expect.poll(() => reached.innerText()).toContain('<img src=x onerror=alert(1)>');
    // Columns are masked here, and what was answered to rows may quote them.
    const service = group.getByRole('listitem').filter({ hasText: 'Every destination is in service' });
    await expect.poll(() => service.innerText()).toContain('Archive answered 503');
    expect(await service.innerText()).not.toContain('onerror');
    expect(await page.content()).not.toContain(TOKEN);
    await expectOnlyText(open);
    expect(await violations()).toEqual([]);
    await close();
  }, 300_000);

  it('and each other page show what a hostile link says as text', async () => {
    const text = encodeURIComponent(HOSTILE_TEXT);
    const open = await openPage(`${s.url}setup`, { expected: /status of 4(?:0[04]|22)/ });
    const found: string[] = [];
    for (const path of [
      `${text}?${text}=${text}`,
      `?table=${text}`,
      `tables?table=${text}`,
      `destinations?destination=${text}`,
      `dead-letters?destination=${text}&reason=${text}&table=${text}&rule=${text}&letter=${text}`,
      `rules?q=${text}&technique=${text}&show=${text}&file=${text}&files=${text}&line=${text}&at=${text}`,
      `rules?technique=${encodeURIComponent('T1059 \u202e')}`,
      `alerts?rule=${text}&q=${text}&severity=${text}&destination=${text}&after=${text}`,
      `playground?file=${text}&of=${text}`,
    ]) {
      await open.page.goto(s.url + path, { waitUntil: 'networkidle' });
      await open.page.getByRole('heading', { level: 1 }).waitFor();
      for (const one of await moreThanText(open)) found.push(`${path.slice(0, 20)}: ${one}`);
    }
    expect(found).toEqual([]);
    await open.close();
  }, 120_000);
});
