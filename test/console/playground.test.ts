/** The playground in Chromium: from a mistake to an alert as Slack shows it, links, hostile rows, and rules that take too long. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveFolder } from '../../scripts/playground.ts';
import { buildPlayground } from '../../scripts/playground-build.ts';
import { hasBrowser, NO_FAULTS, type OpenOptions, openPage } from '../support/browser.ts';
import { isWholeConsoleTried } from '../support/browser-extent.ts';

/** Where the page is served: below a path, as on a host of many projects' pages. */
const BELOW = 'xdr-relay/';
const FRAGMENT = '#playground=';

let host: string;
let folder: string;
let server: Awaited<ReturnType<typeof serveFolder>>;

beforeAll(async () => {
  host = await mkdtemp(join(tmpdir(), 'xdr-relay-playground-'));
  folder = join(host, BELOW);
  await buildPlayground(folder);
  server = await serveFolder(host, 0);
}, 120_000);
afterAll(async () => {
  await server.close();
  await rm(host, { recursive: true, force: true });
});

async function open(options: OpenOptions = {}, hash = '') {
  const opened = await openPage(server.url + BELOW + hash, options);
  await opened.page.getByText('As Slack shows it').or(opened.page.getByRole('alert')).first().waitFor();
  return opened;
}

const editor = (page: Page) => page.getByRole('textbox', { name: /^Text of/ });
const rowsOf = (page: Page) => page.getByLabel(/One JSON object a line/);

/** Replaces the text of the editor. */
async function write(page: Page, text: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press('Control+a');
  // As one input: typed character by character, the editor would close brackets and indent.
  await page.keyboard.insertText(text);
}

const DETECTION = (image: string) => `title: Own rule
level: high
logsource: { product: windows, category: process_creation }
detection:
  selection:
    ${image}: '\\powershell.exe'
  condition: selection
`;

const TESTS = `tests:
  - title: Holds
    table: DeviceProcessEvents
    row: { FileName: powershell.exe, FolderPath: 'C:\\powershell.exe' }
    expect: { alerts: [Own rule] }
  - title: Fails
    table: DeviceProcessEvents
    row: { FileName: powershell.exe, FolderPath: 'C:\\powershell.exe' }
    expect: { alerts: [] }
`;

/** Rules and rows over which the engine works much longer than it may. */
async function writeCostly(page: Page): Promise<void> {
  const steps = Array.from(
    { length: 30 },
    (_, n) => `  - extract: { column: ProcessCommandLine, pattern: '(?P<Own${n}>(a|b|ab){1,50}c+${n})' }`,
  );
  const rows = Array.from({ length: 200 }, (_, n) =>
    JSON.stringify({ FileName: 'x', ProcessCommandLine: `${n}${'ab'.repeat(7_500)}` }),
  );
  await rowsOf(page).fill(rows.join('\n'));
  await page.getByRole('button', { name: 'DeviceProcessEvents.yaml' }).click();
  await write(page, ['table: DeviceProcessEvents', 'transform:', ...steps, ''].join('\n'));
}

describe('the page', () => {
  it('has relative addresses, and no inline script or style', async () => {
    const html = await readFile(join(folder, 'index.html'), 'utf8');
    expect(html).not.toMatch(/(?:src|href)="\//);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=|https?:/);
  });
});

describe.skipIf(!hasBrowser())('the playground', () => {
  it.runIf(isWholeConsoleTried).each(['light', 'dark'] as const)('has no fault in %s', async (theme) => {
    const { faults, violations, close } = await open({ theme });
    expect(await violations()).toEqual([]);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it.runIf(isWholeConsoleTried)('fits a window of 360 pixels', async () => {
    const { overflow, close } = await open({ width: 360 });
    expect(await overflow()).toBe(0);
    await close();
  });

  it('leads from a mistake to an alert as Slack shows it', async () => {
    const { page, faults, close } = await open();
    await write(page, DETECTION('Imge|endswith'));
    const findings = page.getByRole('list', { name: 'Findings' });
    await findings.getByText('Imge').first().waitFor();
    await expect.poll(() => findings.textContent()).toMatch(/6:5\s+error/);
    await page.getByText('no row is looked at until the rules are whole').waitFor();
    await expect.poll(() => page.getByText('As Slack shows it').count()).toBe(0);
    // CodeMirror's mark in the shadow root.
    await expect.poll(() => page.locator('.cm-lintRange-error').first().textContent()).toContain('Imge');

    await write(page, DETECTION('Image|endswith'));
    await page.getByText('As Slack shows it').waitFor();
    const slack = page.getByRole('figure').filter({ hasText: 'As Slack shows it' });
    await slack.getByText('Own rule').first().waitFor();
    await expect.poll(() => slack.textContent()).toMatch(/HIGH\s+Own rule[\s\S]*ws-0142\.contoso\.com/);
    const happened = page.getByRole('region', { name: 'What happened' });
    await expect.poll(() => happened.textContent()).toContain('FolderPath');
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it.runIf(isWholeConsoleTried)('completes and explains as the editor server does', async () => {
    const { page, faults, close } = await open();
    await write(
      page,
      'title: Own rule\nlevel: high\nlogsource: { product: windows, category: process_creation }\ndetection:\n  selection:\n    Parent',
    );
    await page.waitForTimeout(600);
    await page.keyboard.type('I');
    const options = page.locator('.cm-tooltip-autocomplete [role=option]');
    await options.filter({ hasText: 'ParentImage' }).first().waitFor();
    // CodeMirror takes no key for what it has offered less than 75 ms ago.
    await page.waitForTimeout(300);
    await page.keyboard.press('Enter');
    await page.getByText('ParentImage').first().waitFor();

    await write(page, DETECTION('Image|endswith'));
    await page.getByText('As Slack shows it').waitFor();
    await page
      .locator('.cm-line', { hasText: 'Image|endswith' })
      .getByText('Image|endswith')
      .hover({ position: { x: 8, y: 8 } });
    await page.locator('.cm-tooltip-hover').getByText('FolderPath').first().waitFor();
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it.runIf(isWholeConsoleTried)('shows rows of hostile text as text', async () => {
    const { page, faults, violations, close } = await open();
    const hostile = '<img src=x onerror=alert(1)><script>alert(1)</script>\u202egpj\u0000';
    const row = {
      FileName: 'powershell.exe',
      FolderPath: 'C:\\powershell.exe',
      DeviceName: hostile,
      ProcessCommandLine: ` -enc ${hostile}${'A'.repeat(1_000_000)}`,
      [hostile]: hostile,
    };
    await rowsOf(page).fill(JSON.stringify(row));
    const slack = page.getByRole('figure').filter({ hasText: 'As Slack shows it' });
    await slack.getByText('<script>').first().waitFor();
    await page.getByText('\\u{202E}').first().waitFor();
    expect(await page.locator('img, .playground script').count()).toBe(0);
    expect(await violations()).toEqual([]);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it.runIf(isWholeConsoleTried)('keeps everything in a link, but the secrets of relay.yaml', async () => {
    const { page, faults, close } = await open({
      context: { permissions: ['clipboard-read', 'clipboard-write'] },
    });
    await page.getByRole('button', { name: 'relay.yaml' }).click();
    await write(
      page,
      'destinations:\n  soc: { type: slack, webhook_url: https://hooks.slack.com/services/T1/B1/secretsecret }\ndefault_destinations: []\nalerts:\n  - { levels: [high], to: [soc] }\n',
    );
    await page.getByText('https://hooks.slack.com/services/T1/B1/secretsecret').last().waitFor();
    await page.getByRole('button', { name: 'Make a link' }).click();
    await page.getByText(/Without the secret in relay.yaml/).waitFor();
    const link = page.url();
    expect(link).toContain(FRAGMENT);
    await close();

    const again = await open({}, link.slice(link.indexOf('#')));
    await again.page.getByRole('button', { name: 'relay.yaml' }).click();
    await again.page.getByText('HIDDEN_SOC_WEBHOOK_URL').first().waitFor();
    expect(await again.page.content()).not.toContain('secretsecret');
    expect([...faults.policy, ...again.faults.policy]).toEqual([]);
    expect(again.faults).toEqual(NO_FAULTS);
    await again.close();
  });

  it.runIf(isWholeConsoleTried)('ends rules that take too long, says so, and stays usable', async () => {
    const { page, close } = await open({ keepsLimit: true });
    await writeCostly(page);
    await page.getByText(/took longer than 4 s/).waitFor();
    await rowsOf(page).fill('{"FolderPath":"C:\\\\powershell.exe","DeviceName":"pc"}');
    await write(page, 'table: DeviceProcessEvents\n');
    await page.getByText('goes to splunk').waitFor();
    await expect.poll(() => page.getByText(/took longer than/).count()).toBe(0);
    await close();
  });

  it.runIf(isWholeConsoleTried)(
    'shows what was typed while costly rules ran, which are stopped',
    async () => {
      const { page, faults, close } = await open();
      await writeCostly(page);
      await page.waitForTimeout(1_500);
      await rowsOf(page).fill('{"FolderPath":"C:\\\\cmd.exe","DeviceName":"typed-later"}');
      await write(page, 'table: DeviceProcessEvents\n');
      await page.getByText('typed-later').first().waitFor();
      await expect.poll(() => page.getByText(/took longer than/).count()).toBe(0);
      expect(faults).toEqual(NO_FAULTS);
      await close();
    },
  );

  it.runIf(isWholeConsoleTried)(
    'refuses more rows than the engine takes, and keeps those that are there',
    async () => {
      const { page, faults, close } = await open();
      const before = await rowsOf(page).inputValue();
      await rowsOf(page).fill(`{"FileName":"${'a'.repeat(4_200_000)}"}`);
      await page.getByText('rows have at most 4,194,304 characters').waitFor();
      await expect.poll(() => rowsOf(page).inputValue()).toBe(before);
      await rowsOf(page).fill('{"FileName":"b"}');
      await page.getByText('rows have at most').waitFor({ state: 'detached' });
      expect(faults).toEqual(NO_FAULTS);
      await close();
    },
  );

  it.runIf(isWholeConsoleTried)(
    'takes what an input method composes, also over a selection, and undoes it',
    async () => {
      const { page, faults, close } = await open();
      const debug = await page.context().newCDPSession(page);
      const compose = async (parts: readonly string[], whole: string) => {
        for (const text of parts) {
          const end = text.length;
          await debug.send('Input.imeSetComposition', { text, selectionStart: end, selectionEnd: end });
        }
        await debug.send('Input.insertText', { text: whole });
      };
      await editor(page).click();
      await page.keyboard.press('Control+Home');
      await compose(['に', 'にほん'], '# 日本');
      await expect.poll(() => editor(page).innerText()).toMatch(/^# 日本title: Encoded/);
      await page.keyboard.press('Control+a');
      await compose(['に', 'にほん'], '日本');
      await expect.poll(() => editor(page).innerText()).toBe('日本');
      await page.keyboard.press('Control+z');
      await expect.poll(() => editor(page).innerText()).toMatch(/^# 日本title: Encoded/);
      await page.keyboard.press('Control+z');
      await expect.poll(() => editor(page).innerText()).toMatch(/^title: Encoded/);
      expect(faults).toEqual(NO_FAULTS);
      await close();
    },
  );

  it.runIf(isWholeConsoleTried)('keeps what can be undone in a file while another is shown', async () => {
    const { page, faults, close } = await open();
    await editor(page).click();
    await page.keyboard.press('Control+Home');
    await page.keyboard.insertText('# mine ');
    await page.getByRole('button', { name: 'relay.yaml' }).click();
    await expect.poll(() => editor(page).innerText()).toContain('splunk_hec');
    await page.getByRole('button', { name: 'detections/encoded-command.yml' }).click();
    await expect.poll(() => editor(page).innerText()).toMatch(/^# mine title/);
    await editor(page).focus();
    await page.keyboard.press('Control+z');
    await expect.poll(() => editor(page).innerText()).toMatch(/^title/);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it.runIf(isWholeConsoleTried)('opens rule files, lists and tests from a folder of the person', async () => {
    const { page, faults, violations, close } = await open();
    const own = join(host, 'own');
    await mkdir(join(own, 'lists'), { recursive: true });
    await writeFile(join(own, 'rule.yml'), DETECTION("FileName|in_list: 'tools'\n    FolderPath|endswith"));
    await writeFile(join(own, 'lists/lists.yaml'), 'lists:\n  tools: { description: Tools }\n');
    await writeFile(join(own, 'lists/tools.txt'), 'powershell.exe\n');
    await writeFile(join(own, 'wrong.yml'), DETECTION('NoSuchField'));
    await writeFile(join(own, 'notes.md'), '# no rule');
    await writeFile(join(own, 'own.test.yaml'), TESTS);
    await page.getByLabel('Rule files').evaluate((box) => Reflect.set(box, 'webkitdirectory', true));
    await page.getByLabel('Rule files').setInputFiles(own);
    await page.getByText('1 file is left out').waitFor();
    await page.getByRole('button', { name: 'Remove the file with errors' }).press('Enter');
    const tests = page.getByRole('region', { name: 'Tests' });
    await tests.getByText('1 failed').waitFor();
    await expect
      .poll(() => tests.textContent())
      .toMatch(/of 2 tests[\s\S]*expected \[\], and it is \["Own rule"\]/);
    const rules = page.getByRole('region', { name: 'Rules' });
    for (const name of ['detections/rule.yml', 'lists/lists.yaml', 'lists/tools.txt', 'own.test.yaml']) {
      expect(await rules.getByRole('button', { name, exact: true }).count(), name).toBe(1);
    }
    await page
      .getByRole('region', { name: 'What happened', exact: true })
      .getByText('Own rule')
      .first()
      .waitFor();
    expect(await violations()).toEqual([]);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it('is used by the keyboard alone', async () => {
    const { page, faults, close } = await open();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Make a link');
    await editor(page).focus();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).not.toBe('editor');
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });
});
