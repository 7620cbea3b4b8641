/** The page Setup in Chromium, of a real `serve`: all checks, one group after the other. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, NO_FAULTS, openPage } from '../support/browser.ts';
import { type DetectWorld, startDetectWorld } from './detect-world.ts';

const LONG_MS = 120_000;

describe.skipIf(!hasBrowser())('the page Setup', () => {
  let world: DetectWorld;

  beforeAll(async () => {
    world = await startDetectWorld();
  }, 120_000);
  afterAll(() => world?.close());

  it('runs nothing by itself, then each group with its progress, and says what to do', async () => {
    const { page, faults, violations, overflow, close } = await openPage(world.url('setup'), { width: 360 });
    await page.getByText('Not run in this process yet.').first().waitFor({ timeout: LONG_MS });
    expect(await page.getByText('Not run in this process yet.').count()).toBe(5);
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
});
