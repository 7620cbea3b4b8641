/** The playground's memory over many edits, in Chromium: the page's and its worker's. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { chromium as driver, type Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { CHROMIUM_FLAGS, chromium } from '../../scripts/chromium.ts';
import { buildPlayground } from '../../scripts/playground-build.ts';

/** After the first ones, code is compiled and caches are full. */
const FIRST = 60;
const EDITS = 500;
/** A page that kept what it drew before grew by 100 KB an edit. Bytes. */
const MOST_GROWTH = 6_000_000;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};
/** Where a browser measures the memory of a page and its workers. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

const file = await chromium();

it.skipIf(file === undefined)(
  `does not grow over ${EDITS} edits`,
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-playground-memory-'));
    await buildPlayground(folder);
    const server = createServer(async (request, response) => {
      const name = request.url === '/' ? '/index.html' : (request.url ?? '');
      const bytes = await readFile(join(folder, name)).catch(() => undefined);
      const type = TYPES[extname(name)] ?? 'application/octet-stream';
      response.writeHead(bytes ? 200 : 404, { ...ISOLATED, 'content-type': type }).end(bytes);
    }).listen(0, '127.0.0.1');
    const browser = await driver.launch({
      ...(file !== undefined && { executablePath: file }),
      args: [...CHROMIUM_FLAGS, '--enable-blink-features=ForceEagerMeasureMemory'],
    });
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      await page.getByText('As Slack shows it').waitFor();
      await page.getByRole('textbox', { name: /^Text of/ }).click();
      await page.keyboard.press('Control+End');
      await edit(page, 0, FIRST);
      const before = await memory(page);
      await edit(page, FIRST, EDITS);
      const after = await memory(page);
      expect(before).toBeGreaterThan(5_000_000);
      expect(after - before).toBeLessThan(MOST_GROWTH);
    } finally {
      await browser.close();
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
  900_000,
);

/** Writes a comment and takes it away, each time until the rules have another version. */
async function edit(page: Page, from: number, to: number): Promise<void> {
  const state = page.locator('.state');
  for (let n = from; n < to; n++) {
    const version = await state.innerText();
    if (n % 2 === 0) await page.keyboard.insertText('# x');
    else for (let key = 0; key < 3; key++) await page.keyboard.press('Backspace');
    await expect
      .poll(() => state.innerText(), { interval: 20, timeout: 30_000 })
      .toSatisfy((text) => typeof text === 'string' && text.startsWith('Rules') && text !== version);
  }
}

function memory(page: Page): Promise<number> {
  return page.evaluate<number>('performance.measureUserAgentSpecificMemory().then(({ bytes }) => bytes)');
}
