/** The demo and its console, as a person sees them: the command is started, its link followed, each page looked at, and Ctrl-C pressed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { COMMAND } from '../../lab/serve.ts';
import { hasBrowser, NO_FAULTS, openPage } from '../support/browser.ts';
import { isWholeConsoleTried } from '../support/browser-extent.ts';

/** What processes write about themselves comes every 15 seconds, and rates begin with the first full minute. */
const LONG_MS = 120_000;
/** After SIGINT, in milliseconds. */
const ENDS_WITHIN_MS = 60_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-test-demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Starts `xdr-relay demo --open` on a machine without a display: what opens a browser notes the address, and fails. */
async function startDemo() {
  const [programs, opened] = [join(folder, 'programs'), join(folder, 'opened')];
  await mkdir(programs);
  for (const name of ['xdg-open', 'open']) {
    await writeFile(join(programs, name), `#!/bin/sh\necho "$1" > '${opened}'\nexit 3\n`);
    await chmod(join(programs, name), 0o755);
  }
  const args = ['demo', '--plain', '--open', '--rows', '100000', '--rate', '200', '--seed', '4'];
  const child = spawn(process.execPath, [COMMAND, ...args], {
    // As on CI, where programs print colours though nobody watches: `--plain` prints none.
    env: { ...process.env, FORCE_COLOR: '1', TMPDIR: folder, PATH: programs + delimiter + process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
  return {
    child,
    ended: once(child, 'exit'),
    printed: () => printed,
    opened: () => readFile(opened, 'utf8'),
  };
}

const row = (page: Page, table: string, name: string) =>
  page.getByRole('table', { name: table }).getByRole('row').filter({ hasText: name });

/** What each page has of the demo, in the order of the navigation. */
const PAGES: readonly (readonly [title: string, sees: (page: Page) => Promise<void>])[] = [
  [
    'Now',
    (page) =>
      page.getByRole('region', { name: 'Picture of the flow' }).getByText('DeviceProcessEvents').waitFor(),
  ],
  [
    'Tables',
    (page) =>
      row(page, 'Tables of which rows were read', 'DeviceProcessEvents').getByText(' ago').first().waitFor(),
  ],
  [
    'Destinations',
    async (page) => {
      for (const name of ['splunk', 'hook', 'soc-slack'])
        await row(page, 'Destinations', name).getByText('accepted (20').waitFor();
    },
  ],
  [
    'Rules',
    async (page) => {
      const hits = page.getByRole('table', { name: 'Rules of the set in force' }).getByRole('cell').nth(1);
      await expect.poll(() => hits.innerText(), { timeout: LONG_MS }).toMatch(/^[1-9]/);
    },
  ],
  ['Alerts', (page) => page.getByRole('article').first().waitFor()],
  ['Dead letters', (page) => page.getByText('There are no dead letters.').first().waitFor()],
  [
    'Setup',
    async (page) => {
      await page.getByRole('button', { name: 'Run the checks: Queue and state' }).press('Enter');
      await page.getByText('ok', { exact: true }).nth(1).waitFor();
    },
  ],
  [
    'Playground',
    (page) => page.getByRole('region', { name: 'What became of each row' }).getByText('goes to').waitFor(),
  ],
];

/** Presses Tab until a page of the navigation has the focus, and Enter. */
async function openByKeyboard(page: Page, title: string, key: 'Tab' | 'Shift+Tab'): Promise<void> {
  const focused = () => page.evaluate<string>('document.activeElement.textContent');
  for (let presses = 0; (await focused()) !== title; presses += 1) {
    if (presses === 100) throw new Error(`${key} never reaches ${title}`);
    await page.keyboard.press(key);
  }
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: title }).waitFor();
}

async function lookAtAllPages(url: string): Promise<void> {
  const { page, faults, violations, overflow, close } = await openPage(url, {
    width: 1280,
    // A view that takes longer than twenty seconds, beside all else that runs: the page asks again.
    expected: /status of 504/,
  });
  page.setDefaultTimeout(LONG_MS);
  const titles = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
  await titles.first().waitFor();
  expect(await titles.allInnerTexts()).toEqual(PAGES.map(([title]) => title));
  for (const [at, [title, sees]] of PAGES.entries()) {
    // The focus is on the heading of the page before, behind the navigation.
    await openByKeyboard(page, title, at === 0 ? 'Tab' : 'Shift+Tab');
    await sees(page);
    expect([title, await violations(), await overflow()]).toEqual([title, [], 0]);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 360, height: 800 });
    expect([title, await violations(), await overflow()]).toEqual([title, [], 0]);
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 1280, height: 900 });
  }
  await page.getByRole('link', { name: 'Now', exact: true }).click();
  for (const name of ['Rows in', 'Delivered, to all']) {
    const fact = page.locator('.facts > div').filter({ hasText: name }).locator('dd');
    await expect.poll(() => fact.innerText(), { timeout: LONG_MS }).toMatch(/^[1-9][\d.,]*\/(?:s|min)$/);
  }
  expect(faults).toEqual(NO_FAULTS);
  await close();
}

it('the demo shows on each page of its console what runs, and ends cleanly when it is interrupted', {
  timeout: 400_000,
}, async () => {
  const { child, ended, printed, opened } = await startDemo();
  try {
    await expect.poll(printed, { timeout: LONG_MS }).toMatch(/writing: written [1-9]/);
    // The console starts beside the rows: either may be the first to be printed.
    const address = () => /^The console: (http:\S+)$/m.exec(printed())?.[1] ?? '';
    await expect.poll(address, { timeout: LONG_MS }).not.toBe('');
    const url = address();
    await expect.poll(opened, { timeout: LONG_MS }).toBe(`${url}\n`);
    if (hasBrowser() && isWholeConsoleTried) await lookAtAllPages(url);
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
  } finally {
    // Killed at once, it would leave its relay and its storage account running.
    child.kill('SIGINT');
    await Promise.race([ended, delay(ENDS_WITHIN_MS, undefined, { ref: false })]);
    child.kill('SIGKILL');
  }
  expect(printed()).not.toContain('failed');
  expect(printed()).not.toContain('\u001b');
  expect((await readdir(folder)).filter((name) => name.startsWith('xdr-relay-demo-'))).toEqual([]);
});
