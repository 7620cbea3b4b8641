/** The playground in the console of a real `serve`: it opens the rule files in force, keeps what was written, and takes rows of the stream. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, NO_FAULTS, openPage } from '../support/browser.ts';
import { expectOnlyText, HOSTILE_TEXT } from '../support/only-text.ts';
import { type DetectWorld, HOSTILE, startDetectWorld } from './detect-world.ts';

const LONG_MS = 120_000;
const PERSON = 'j.doe.of.accounting';

describe.skipIf(!hasBrowser())('the playground in the console', () => {
  let world: DetectWorld;

  beforeAll(async () => {
    world = await startDetectWorld({ console: 'capture: true, rows: { show: true, mask: [AccountName] }' });
  }, 120_000);
  afterAll(() => world?.close());

  const rowsOf = (page: Page) => page.getByLabel(/One JSON object a line/);

  it('opens a rule file in force with what it needs, and keeps edits while other pages are looked at', async () => {
    const { page, faults, violations, close } = await openPage(
      world.url('rules?file=detections%2Fhostile.yml'),
    );
    page.setDefaultTimeout(LONG_MS);
    await page.getByRole('link', { name: 'Open in the playground' }).press('Enter');
    await page.getByText('nothing that you change here reaches the relay').waitFor();
    const rules = page.getByRole('region', { name: 'Rules' });
    const own = rules.getByRole('button', { name: 'detections/hostile.yml' });
    expect(await own.getAttribute('aria-pressed')).toBe('true');
    await page.getByText(/^Rules [0-9a-f]+$/).waitFor();
    await expect.poll(() => page.getByRole('list', { name: 'Findings' }).getByText('error').count()).toBe(0);
    await rowsOf(page).fill('{"FileName":"powershell.exe"}');
    await page
      .getByRole('figure')
      .filter({ hasText: 'As Slack shows it' })
      .getByText('gpj.exe')
      .first()
      .waitFor();
    expect(await page.locator('img').count()).toBe(0);
    expect(HOSTILE).toContain('<img');
    expect(await violations()).toEqual([]);

    await page.getByRole('link', { name: 'Alerts' }).click();
    await page.getByRole('heading', { name: 'Alerts', level: 1 }).waitFor();
    await page.goBack();
    await page.getByRole('figure').filter({ hasText: 'As Slack shows it' }).first().waitFor();
    await expect.poll(() => rowsOf(page).inputValue()).toBe('{"FileName":"powershell.exe"}');
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it('takes rows of the stream from a consumer, hostile ones too, without what is masked', async () => {
    const open = await openPage(world.url('playground'), { width: 360 });
    const { page, violations, close } = open;
    page.setDefaultTimeout(LONG_MS);
    await page.locator('.rows-input select').selectOption('DeviceProcessEvents');
    await page.getByRole('button', { name: 'Rows of the stream' }).press('Enter');
    await page.getByText('Waiting for the next rows of DeviceProcessEvents').waitFor();
    // A consumer notices the capture within 20 seconds, and keeps what it reads from then on.
    const write = () =>
      world.alerts.write(['powershell.exe'], {
        hoursAgo: 1,
        hosts: 1,
        endpoint: world.serve.url,
        columns: { DeviceName: HOSTILE_TEXT, AccountName: PERSON, AccountUpn: HOSTILE_TEXT },
      });
    const taken = async () => {
      await write();
      return await rowsOf(page).inputValue();
    };
    await expect.poll(taken, { timeout: LONG_MS, interval: 2_000 }).toContain('onerror');
    const rows = await rowsOf(page).inputValue();
    expect(rows).toContain('"AccountName":"(masked)"');
    expect(rows).not.toContain(PERSON);
    const became = page.getByRole('region', { name: 'What became of each row' });
    await became.getByText('DeviceProcessEvents').first().waitFor();
    await became.getByRole('button', { name: '1', exact: true }).click();
    await expectOnlyText(open);
    expect(await violations()).toEqual([]);
    await close();
  }, 300_000);

  it('says which rule file is not there', async () => {
    const { page, close } = await openPage(world.url('playground?file=..%2F..%2Fetc%2Fpasswd'), {
      expected: /404|400/,
    });
    await page.getByText(/cannot be opened: There is no rule file/).waitFor();
    await page.getByText('As Slack shows it').waitFor();
    await close();
  });
});
