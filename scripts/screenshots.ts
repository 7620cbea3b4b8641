/**
 * Takes the pictures of docs/console.md: each page of the console, light and dark, while the demo runs.
 *
 *   npm run screenshots [-- PAGE ...]
 *
 * CHROMIUM names another browser than the one that is found or installed.
 */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Browser, chromium as driver, type Page } from 'playwright-core';
import { CHROMIUM_FLAGS, chromium } from './chromium.ts';
import { withFrequentColours } from './palette-png.ts';
import { ROOT } from './root.ts';

const FOLDER = join(ROOT, 'docs/console');
/** CSS pixels. A page that is longer is cut: the picture shows what a person sees first. */
const WIDTH = 1200;
const TALLEST = 1400;
/** So long the demo runs before: the charts have minutes, and alerts have come. Milliseconds. */
const WARM_MS = Number(process.env.WARM_SECONDS ?? 240) * 1000;
const START_MS = 180_000;
/** The longest that the state may take to be read, and how long a page then has to draw. Milliseconds. */
const ANSWERED_MS = 90_000;
const SETTLE_MS = 3_000;
const THEMES = ['light', 'dark'] as const;

/** Starts the demo; resolves with the console's address. */
function startDemo(): { readonly url: Promise<string>; stop(): void } {
  const args = ['demo', '--plain', '--rate', '200', '--rows', '100000000', '--seed', '3'];
  const child = spawn(process.execPath, [join(ROOT, 'bin/xdr-relay.js'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { promise: url, resolve, reject } = Promise.withResolvers<string>();
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-10_000);
    const found = /The console: (http:\S+\/console\/)/.exec(printed)?.[1];
    if (found !== undefined) resolve(found);
  });
  child.once('exit', (code) =>
    reject(new Error(`the demo has ended with ${code}: ${printed.slice(-2_000)}`)),
  );
  return { url, stop: () => void child.kill('SIGINT') };
}

/** The pages of the navigation: their paths and addresses. */
async function pagesOf(browser: Browser, url: string): Promise<readonly (readonly [string, string])[]> {
  const page = await browser.newPage();
  await page.goto(url);
  const links = page.getByRole('navigation', { name: 'Pages' }).getByRole('link');
  await links.first().waitFor();
  const hrefs = await links.evaluateAll((found) => found.map((link) => String(Reflect.get(link, 'href'))));
  await page.close();
  return hrefs.map((href) => [new URL(href).pathname.split('/').at(-1) ?? '', href] as const);
}

async function take(page: Page, href: string, file: string): Promise<void> {
  await page.setViewportSize({ width: WIDTH, height: TALLEST });
  await page.goto(href);
  await page.locator('main h1').waitFor();
  await delay(SETTLE_MS);
  // What has been read may show a part that still is.
  const reading = page.getByText('Reading');
  do {
    await reading.first().waitFor({ state: 'detached', timeout: ANSWERED_MS });
    await delay(SETTLE_MS);
  } while ((await reading.count()) > 0);
  const tall = await page.locator('.content').evaluate((box) => Number(Reflect.get(box, 'scrollHeight')));
  const bottom = await page
    .locator('main')
    .evaluate((box) => Math.ceil(Reflect.get(box, 'getBoundingClientRect').call(box).bottom) + 24);
  await page.setViewportSize({
    width: WIDTH,
    height: Math.min(TALLEST, Math.max(500, Math.min(tall, bottom))),
  });
  await delay(500);
  await writeFile(file, withFrequentColours(await page.screenshot()));
  console.log(file);
}

const wanted = process.argv.slice(2);
const executablePath = await chromium();
if (executablePath === undefined) throw new Error('There is no Chromium: see scripts/chromium.ts');
await mkdir(FOLDER, { recursive: true });
const demo = startDemo();
// Letters in shades of one colour make a smaller file.
const browser = await driver.launch({ executablePath, args: [...CHROMIUM_FLAGS, '--disable-lcd-text'] });
try {
  const url = await Promise.race([
    demo.url,
    delay(START_MS).then(() => Promise.reject(new Error('no console'))),
  ]);
  await delay(WARM_MS);
  for (const [name, href] of await pagesOf(browser, url)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const colorScheme of THEMES) {
      const context = await browser.newContext({ colorScheme, reducedMotion: 'reduce' });
      await take(await context.newPage(), href, join(FOLDER, `${name}-${colorScheme}.png`));
      await context.close();
    }
  }
} finally {
  demo.stop();
  await browser.close();
}
