/** The pages Rules, Alerts and Setup for a viewer who logs in, with masked columns, and two consumers of which one is killed. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAzureStateDocuments } from '../../src/checkpoints/documents-azure.ts';
import { ageActivity } from '../support/aged-activity.ts';
import { titleOf } from '../support/alert-burst.ts';
import { hasBrowser, NO_FAULTS, openPage } from '../support/browser.ts';
import { type DetectWorld, HOSTILE, startDetectWorld } from './detect-world.ts';

const KEY = '3f6b0c9d1e2a4b5c8d7e6f50';
const PROGRAM = 'vssadmin.exe';
/** On a busy machine. */
const LONG_MS = 120_000;

describe.skipIf(!hasBrowser())('the pages Rules, Alerts and Setup', () => {
  let world: DetectWorld;

  beforeAll(async () => {
    world = await startDetectWorld({
      console: `rows: { show: true, mask: [DeviceName, AccountName, AccountUpn] }, login: { keys: [{ name: looks-on, key: "\${VIEWER_KEY}" }] }`,
      env: { VIEWER_KEY: KEY },
    });
  }, 120_000);
  afterAll(() => world?.close());

  const logIn = async (page: Page) => {
    await page.getByLabel('Key').fill(KEY);
    await page.keyboard.press('Enter');
  };
  const post = (page: Page, path: string, body: object) =>
    page.evaluate<number>(
      `fetch(${JSON.stringify(world.url(`api/${path}`))}, ${JSON.stringify({
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })}).then(({ status }) => status)`,
    );

  it('shows a viewer no masked value and no act, and shows a killed consumer as stale', async () => {
    const killed = await world.another();
    await world.rule('lists/hostile.txt', 'a.example\n');
    await world.rule(
      'lists/lists.yaml',
      'lists:\n  hostile: { type: text, max_age: 1d, updated: 2020-01-01 }\n',
    );
    await world.alerts.write([PROGRAM], { hoursAgo: 1, hosts: 1, endpoint: world.serve.url });
    const { page, faults, violations, overflow, close } = await openPage(world.url('alerts'), {
      width: 360,
      theme: 'dark',
      expected: /40[13]/,
    });
    page.setDefaultTimeout(LONG_MS);
    await logIn(page);
    const group = page
      .getByRole('article')
      .filter({ hasText: titleOf(PROGRAM) })
      .first();
    await group.getByText('What matched').waitFor();
    expect(await page.content()).not.toContain('contoso.example');
    expect(await page.getByRole('button', { name: 'Silence…' }).count()).toBe(0);
    expect(await violations()).toEqual([]);
    expect(await overflow()).toBe(0);
    const silence = { rule: HOSTILE, where: [], minutes: 60, reason: 'none' };
    expect(await post(page, 'alerts/silence', silence)).toBe(403);
    expect(await post(page, 'setup/run', { group: 'state' })).toBe(403);

    await page.goto(world.url('rules'));
    const processes = page.getByRole('region', { name: 'Processes that run rules' });
    await expect.poll(() => processes.getByText('in force').count(), { timeout: LONG_MS }).toBe(2);
    await page.getByRole('region', { name: 'Lists of the rules in force' }).getByText('too old').waitFor();
    await killed.stop('SIGKILL');
    const documents = createAzureStateDocuments(world.alerts.service, 'xdr-relay-state');
    await ageActivity(documents, killed.child.pid);
    await processes.getByText(/^stale/).waitFor();
    await expect.poll(() => processes.getByText('in force').count()).toBe(1);
    await page
      .getByText(/^Stale hits: the process/)
      .first()
      .waitFor();
    for (const path of ['alerts', 'setup']) {
      await page.goto(world.url(path));
      await page
        .getByRole('main')
        .getByText(/^Stale: the process on .* has not written for/)
        .waitFor();
    }
    expect(await page.getByRole('button', { name: /^Run/ }).count()).toBe(0);
    expect(await violations()).toEqual([]);
    expect(await overflow()).toBe(0);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  }, 400_000);
});
