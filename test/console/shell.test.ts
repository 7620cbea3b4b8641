/** The console's shell in Chromium: its policy, what it says when the relay does not answer. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import type { SessionAnswer } from '../../src/console/model/session.ts';
import { hasBrowser, NO_FAULTS, openPage } from '../support/browser.ts';
import { type Answer, type StaticConsole, startStaticConsole } from './static-console.ts';

const FOLDER = join(ROOT, 'dist/console');

const SESSION: SessionAnswer = {
  viewer: { name: 'local', role: 'operator', by: 'none' },
  logins: [],
  allowed: { rows: true, capture: false, acts: true },
  version: '0.1.0',
};
const ENDED: SessionAnswer = {
  viewer: null,
  logins: ['key'],
  allowed: { rows: false, capture: false, acts: false },
};
const BIDI = 'splunk \u202egpj.exe <script>alert(1)</script>';

let answers: Record<string, Answer>;
let server: StaticConsole;

beforeAll(async () => {
  server = await startStaticConsole(
    (path) =>
      answers[path.split('?')[0] ?? ''] ?? { status: 404, body: { error: { code: 'x', message: 'No.' } } },
  );
});
afterAll(() => server.close());

function answer(items: readonly object[]): void {
  answers = {
    session: { status: 200, body: SESSION },
    attention: { status: 200, body: { at: Date.now(), items, total: items.length, unknown: [] } },
    now: { status: 200, body: { at: Date.now(), destinations: [], trouble: [] } },
  };
}

describe('what is built', () => {
  it('has a compressed twin beside each file', async () => {
    const names = (await readdir(FOLDER, { recursive: true })).filter((name) =>
      /\.(?:js|css|html)$/.test(name),
    );
    expect(names.length).toBeGreaterThan(2);
    for (const name of names) {
      for (const end of ['br', 'gz'])
        expect((await stat(join(FOLDER, `${name}.${end}`))).size).toBeGreaterThan(0);
    }
  });

  it('needs no inline script or style, and nothing from elsewhere', async () => {
    const html = await readFile(join(FOLDER, 'index.html'), 'utf8');
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|https?:/);
  });
});

describe.skipIf(!hasBrowser())('the shell', () => {
  it.each(['light', 'dark'] as const)('has no fault in %s', async (theme) => {
    answer([]);
    const { page, faults, violations, close } = await openPage(server.url, { theme });
    await page.getByText('Nothing needs attention.').waitFor();
    expect(await violations()).toEqual([]);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it('shows what needs attention, and what is hidden in it, at 360 pixels', async () => {
    answer([
      { tone: 'bad', text: BIDI, page: 'destinations' },
      { tone: 'warn', text: 'x'.repeat(2000), page: 'alerts' },
    ]);
    const { page, faults, violations, overflow, close } = await openPage(server.url, { width: 360 });
    const line = page.getByRole('region', { name: 'What needs attention' });
    await line.getByText('\\u{202E}').waitFor();
    await expect.poll(() => line.innerText()).toContain('gpj.exe <script>alert(1)</script>');
    expect(await overflow()).toBe(0);
    expect(await violations()).toEqual([]);
    await line.getByRole('button', { name: 'show more of 2,000 characters' }).click();
    await line.getByText('x'.repeat(2000)).waitFor();
    expect(await overflow()).toBe(0);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it('says what it does not know', async () => {
    answers = {
      session: { status: 200, body: SESSION },
      attention: { status: 500, body: { error: { code: 'state', message: 'The state cannot be read.' } } },
    };
    const { page, close } = await openPage(server.url, { expected: /status of 500/ });
    await page.getByText('What needs attention is unknown: The state cannot be read.').waitFor();
    await close();
  });

  it('asks for a login where nobody is logged in', async () => {
    answers = { session: { status: 200, body: ENDED } };
    server.asked.length = 0;
    const { page, faults, violations, close } = await openPage(server.url);
    await page.getByLabel('Key').fill('a-key');
    expect(await violations()).toEqual([]);
    expect(server.asked).toEqual(['session']);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it('leads past the navigation by keyboard, and leaves the address as it is', async () => {
    answer([]);
    const { page, faults, close } = await openPage(`${server.url}#kept`);
    await page.getByText('Nothing needs attention.').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the page');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('page');
    expect(page.url()).toBe(`${server.url}#kept`);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it('keeps a chosen theme', async () => {
    answer([]);
    const { page, close } = await openPage(server.url);
    await page.getByRole('button', { name: 'Theme: auto' }).press('Enter');
    await page.getByRole('button', { name: 'Theme: light' }).press('Enter');
    await page.reload();
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(20, 23, 28)');
    await close();
  });
});
