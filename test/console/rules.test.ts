/** The page Rules in Chromium, of a real `serve`: a mistake at line and caret until it is mended, hostile titles, ATT&CK. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, NO_FAULTS, openPage } from '../support/browser.ts';
import { BIDI, expectOnlyText, HOSTILE_TEXT, MARKUP, UNBROKEN } from '../support/only-text.ts';
import { type DetectWorld, HOSTILE_FILE, startDetectWorld } from './detect-world.ts';

const RULE = `title: Archives made
id: 5d1c6f0e-0000-4000-8000-0000000000aa
logsource: { product: m365defender, category: DeviceProcessEvents }
detection: { program: { FileName: 7z.exe }, condition: program }
level: low
`;
const LONG_MS = 120_000;

describe.skipIf(!hasBrowser())('the page Rules', () => {
  let world: DetectWorld;

  beforeAll(async () => {
    world = await startDetectWorld();
  }, 120_000);
  afterAll(() => world?.close());

  it('shows a refused file at line and caret, and the new set once it is mended', async () => {
    const { page, faults, violations, close } = await openPage(world.url('rules'));
    const inForce = page.getByRole('region', { name: 'Processes that run rules' });
    await inForce.getByText('in force').waitFor({ timeout: LONG_MS });
    const version = page.locator('.facts code');
    const before = await version.innerText();

    await world.rule('detections/archives.yml', RULE.replace('FileName', 'FileNaem'));
    await page.getByRole('heading', { name: 'Refused rules' }).waitFor({ timeout: LONG_MS });
    const excerpt = page.locator('.excerpt');
    await expect.poll(() => excerpt.locator('mark').innerText()).toBe('FileNaem');
    const [line = '', caret = ''] = (await excerpt.innerText()).split('\n');
    expect(line).toBe('4 | detection: { program: { FileNaem: 7z.exe }, condition: program }');
    expect(caret.indexOf('^')).toBe(line.indexOf('FileNaem'));
    expect(caret.trim()).toBe('^'.repeat('FileNaem'.length));
    await inForce.getByText('refuses newer rules').waitFor();
    await expect.poll(() => version.innerText()).toBe(before);
    expect(await violations()).toEqual([]);

    await page.getByRole('link', { name: 'detections/archives.yml:4' }).press('Enter');
    const file = page.getByRole('dialog', { name: 'Rule file as it lies there now' });
    await file.getByText('FileNaem').waitFor();
    expect(await violations()).toEqual([]);
    await page.keyboard.press('Escape');
    await file.waitFor({ state: 'detached' });

    await world.rule('detections/archives.yml', RULE);
    await page
      .getByRole('heading', { name: 'Refused rules' })
      .waitFor({ state: 'detached', timeout: LONG_MS });
    await expect.poll(() => version.innerText()).not.toBe(before);
    await page.getByLabel('Find').first().fill('archives');
    await page.getByRole('rowheader', { name: 'Archives made' }).waitFor({ timeout: LONG_MS });
    expect(faults).toEqual(NO_FAULTS);
    await close();
  }, 240_000);

  it.each(['light', 'dark'] as const)(
    'shows hostile titles as text at 360 pixels, in %s',
    async (theme) => {
      const open = await openPage(world.url('rules'), { theme, width: 360 });
      const { page, violations, close } = open;
      const row = page.getByRole('rowheader').filter({ hasText: /onerror=alert\(1\)> \\u/ });
      await row.waitFor({ timeout: LONG_MS });
      await expect.poll(() => row.innerText()).toContain('\\u{202E}gpj.exe');
      // No text stands letter by letter.
      const narrow = `[...document.querySelectorAll('tbody .text')].filter(({ textContent, offsetWidth }) =>
        /\\S{20}/.test(textContent) && offsetWidth < 80).map(({ textContent }) => textContent)`;
      expect(await page.evaluate<string[]>(narrow)).toEqual([]);
      await page.getByRole('link', { name: /T1059\.001.*1 rule/ }).press('Enter');
      await page.getByRole('button', { name: 'Only T1059.001: show all techniques' }).waitFor();
      expect(await violations()).toEqual([]);
      await expectOnlyText(open);
      await close();
    },
    120_000,
  );

  it('shows hostile lists, exceptions and files as text, and what a refused file quotes', async () => {
    const quoted = JSON.stringify(HOSTILE_TEXT);
    await world.rule('lists/hostile.txt', `${MARKUP}\n${BIDI}\n${UNBROKEN.repeat(20)}\n`);
    await world.rule(
      'exceptions/hostile.yml',
      `exceptions:
  - title: ${quoted}
    rules: 5d1c6f0e-0000-4000-8000-0000000000ff
    detection: { expected: { FileName: never.exe }, condition: expected }
    owner: ${quoted}
    ticket: ${quoted}
    expires: 2099-01-01
`,
    );
    const open = await openPage(world.url('rules?files=hostile'), { width: 360 });
    const { page, violations, close } = open;
    page.setDefaultTimeout(LONG_MS);
    const exceptions = page.getByRole('region', { name: 'Exceptions and filters with an owner or an end' });
    await exceptions.getByText('escape\\u{1B}').first().waitFor();
    await page.getByRole('region', { name: 'Files of the rules' }).getByText('lists/hostile.txt').waitFor();
    await expectOnlyText(open);
    for (const file of ['lists/hostile.txt', HOSTILE_FILE]) {
      await page.goto(world.url(`rules?file=${encodeURIComponent(file)}`));
      await page.getByRole('dialog').locator('pre').getByText('onerror=alert(1)').first().waitFor();
      await expectOnlyText(open);
    }
    await world.rule(
      'detections/refused.yml',
      RULE.replace('FileName', quoted).replace('0000000000aa', '0000000000ab'),
    );
    await page.goto(world.url('rules'));
    await page.getByRole('heading', { name: 'Refused rules' }).waitFor();
    await page.locator('.excerpt').first().waitFor();
    await expectOnlyText(open);
    expect(await violations()).toEqual([]);
    await world.rule('detections/refused.yml', undefined);
    await close();
  }, 300_000);
});
