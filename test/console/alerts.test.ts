/** The page Alerts in Chromium, of a real `serve`: a silence by keyboard of which Slack hears nothing, and an exception that the rules take. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program, titleOf } from '../support/alert-burst.ts';
import { hasBrowser, NO_FAULTS, openPage } from '../support/browser.ts';
import { BIDI, CONTROLS, expectOnlyText, HOSTILE_TEXT, LONGEST_TEXT, MARKUP } from '../support/only-text.ts';
import { type DetectWorld, startDetectWorld } from './detect-world.ts';

const LONG_MS = 60_000;

describe.skipIf(!hasBrowser())('the page Alerts', () => {
  let world: DetectWorld;
  let hour = 0;

  beforeAll(async () => {
    world = await startDetectWorld();
  }, 120_000);
  afterAll(() => world?.close());

  /** Appends a row of the host pc-0. */
  const write = async (program: Program, columns = {}) => {
    hour += 1;
    await world.alerts.write([program], { hoursAgo: hour, hosts: 1, endpoint: world.serve.url, columns });
  };
  const untilTold = async (part: string) => {
    await expect
      .poll(() => world.alerts.told.filter(({ text }) => text.includes(part)).length, { timeout: LONG_MS })
      .toBeGreaterThan(0);
  };
  const card = (page: Page, title: string) => page.getByRole('article').filter({ hasText: title });

  it('shows what people were told, and silences from there: the next alert is not told', async () => {
    await write('vssadmin.exe');
    await untilTold(titleOf('vssadmin.exe'));
    const { page, faults, violations, close } = await openPage(world.url('alerts'));
    const group = card(page, titleOf('vssadmin.exe')).filter({ hasText: 'soc-slack' });
    await group.getByText('said', { exact: true }).waitFor({ timeout: LONG_MS });
    await group.getByText('pc-0.contoso.example').first().waitFor();
    const link = group.getByRole('link', { name: 'Device' });
    expect(await link.getAttribute('href')).toMatch(/^https:\/\/security\.microsoft\.com\/machines\//);
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer');

    await group.getByRole('button', { name: 'Silence…' }).press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Silence alerts' });
    const silence = dialog.getByRole('button', { name: 'Silence' });
    await dialog.getByRole('checkbox', { name: /^rule/ }).press('Space');
    await dialog.getByRole('checkbox', { name: /^DeviceName is/ }).press('Space');
    await expect.poll(() => silence.isDisabled()).toBe(true);
    expect(await violations()).toEqual([]);
    await dialog.getByLabel('Why').fill('a patch of <b>pc-0</b>');
    await silence.press('Enter');
    const holds = page.getByRole('region', { name: 'Silences that hold' });
    await holds.getByText('DeviceName is pc-0.contoso.example').waitFor({ timeout: LONG_MS });
    await group.getByText(/^silenced by/).waitFor({ timeout: LONG_MS });

    // Consumers know within 10 seconds.
    await delay(11_000);
    const before = world.alerts.told.length;
    await write('sc.exe');
    await expect.poll(() => holds.getByRole('row').nth(1).innerText(), { timeout: LONG_MS }).toMatch(/\t1\t/);
    expect(world.alerts.told.slice(before).filter(({ text }) => text.includes(titleOf('sc.exe')))).toEqual(
      [],
    );

    await holds.getByRole('button', { name: /^End the silence/ }).press('Enter');
    await page
      .getByRole('dialog', { name: 'End a silence' })
      .getByRole('button', { name: /^End / })
      .press('Enter');
    await page.getByText('No silence holds: people are told of every alert.').waitFor({ timeout: LONG_MS });
    expect(faults).toEqual(NO_FAULTS);
    await close();
  }, 300_000);

  it('suggests an exception that comes into force as it is, also of a rule with a hostile title', async () => {
    await write('powershell.exe');
    const { page, faults, violations, overflow, close } = await openPage(world.url('alerts'), { width: 360 });
    const group = card(page, 'onerror=alert(1)').filter({ hasText: 'soc-slack' });
    await group.waitFor({ timeout: LONG_MS });
    await group.getByRole('button', { name: 'Suggested exception' }).press('Enter');
    const text = await group.locator('.exception pre').innerText();
    expect(text).toContain('FileName: powershell.exe');
    expect(await violations()).toEqual([]);
    expect(await overflow()).toBe(0);
    expect(faults).toEqual(NO_FAULTS);
    await close();

    await world.rule('exceptions/suggested.yml', text);
    const rules = await openPage(world.url('rules'));
    const listed = rules.page.getByRole('rowheader').filter({ hasText: 'Expected: <img src=x' });
    await listed.waitFor({ timeout: LONG_MS });
    await expect.poll(() => rules.page.getByRole('heading', { name: 'Refused rules' }).count()).toBe(0);
    expect(rules.faults).toEqual(NO_FAULTS);
    await rules.close();
  }, 180_000);

  it('shows hostile rows as text: values of a megabyte, markup, marks of direction', async () => {
    await write('certutil.exe', {
      // No other rule matches it.
      FileName: 'hostile.exe',
      DeviceName: HOSTILE_TEXT,
      AccountName: MARKUP,
      AccountUpn: BIDI,
      FolderPath: CONTROLS,
      ProcessCommandLine: LONGEST_TEXT,
    });
    const open = await openPage(world.url('alerts'), { width: 360, theme: 'dark' });
    const { page, violations, close } = open;
    const group = card(page, 'soc-slack').filter({ has: page.getByRole('heading', { name: /onerror/ }) });
    const own = group.filter({ hasText: '\\u{202E}gpj.exe bell\\u{7}' }).filter({ hasText: 'What matched' });
    const hostile = own.first();
    const more = hostile.getByRole('button', { name: /^show more of/ });
    await more.first().waitFor({ timeout: LONG_MS });
    await expectOnlyText(open);
    for (let left = await more.count(); left > 0; left--) await more.first().click();
    await more.first().waitFor({ state: 'detached' });
    await hostile.getByRole('button', { name: 'Suggested exception' }).click();
    await expectOnlyText(open);

    await hostile.getByRole('button', { name: 'Silence…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Silence alerts' });
    await dialog.getByRole('checkbox', { name: /^DeviceName is/ }).check();
    await dialog.getByLabel('Why').fill(HOSTILE_TEXT);
    await expectOnlyText(open);
    await dialog.getByRole('button', { name: 'Silence' }).click();
    await page.getByRole('region', { name: 'Silences that hold' }).waitFor({ timeout: LONG_MS });
    await expectOnlyText(open);
    expect(await violations()).toEqual([]);
    await close();
  }, 180_000);

  it('has no buttons of acts for viewers', async () => {
    const { page, close } = await openPage(world.url('alerts'));
    await page.route('**/console/api/session', async (route) => {
      const answer = await (await route.fetch()).json();
      await route.fulfill({ json: { ...answer, allowed: { ...answer.allowed, acts: false } } });
    });
    await page.reload();
    await card(page, titleOf('vssadmin.exe')).first().waitFor({ timeout: LONG_MS });
    expect(await page.getByRole('button', { name: 'Silence…' }).count()).toBe(0);
    await page.goto(world.url('setup'));
    await page.getByText('The task queue answers').waitFor({ timeout: LONG_MS });
    expect(await page.getByRole('button', { name: /^Run/ }).count()).toBe(0);
    await close();
  }, 120_000);
});
