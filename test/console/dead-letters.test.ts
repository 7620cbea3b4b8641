/** The page Dead letters in Chromium, over a real relay: a redrive end to end, removal, hostile rows, and who may do what. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hecReply } from '../../lab/receivers/splunk-hec.ts';
import { hasBrowser, NO_FAULTS, type OpenOptions, type OpenPage, openPage } from '../support/browser.ts';
import { isWholeConsoleTried } from '../support/browser-extent.ts';
import { CONTROLS, expectOnlyText, UNBROKEN } from '../support/only-text.ts';
import { OPERATOR_KEY, type OpsServer, startOpsServer, VIEWER_KEY } from './ops-server.ts';

const BIDI = 'a\u202egpj.exe';
const SCRIPT = `<img src=x onerror=alert(1)><script>alert(1)</script>${CONTROLS}${UNBROKEN}`;

describe.skipIf(!hasBrowser())('the page Dead letters', () => {
  let s: OpsServer;
  let open: OpenPage | undefined;
  beforeAll(async () => {
    s = await startOpsServer(true);
  }, 120_000);
  afterAll(() => s?.stop(), 60_000);
  afterEach(async () => {
    s.fault = undefined;
    await open?.close();
    open = undefined;
    await s.clear();
  });

  it('sends all again: what is refused stays with its reason, and is accepted the next time', async () => {
    for (let n = 0; n < 4; n++) await s.put(n);
    s.fault = (body) => (body.includes('"n":3') ? hecReply('invalidFormat') : undefined);
    open = await openAsOperator('dead-letters');
    const { page, faults, violations } = open;
    await page.getByText('4 letters').waitFor();
    await page.getByRole('button', { name: 'Send all of them again…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('4 dead letters will be sent again.').waitFor();
    expect(await violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Send 4 dead letters again' }).click();
    await dialog.getByText('4 of 4 dead letters: 3 accepted and removed, 1 still there.').waitFor();
    await dialog.getByText('still refused').waitFor();
    expect(await violations()).toEqual([]);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByText('1 letter', { exact: true }).waitFor();

    s.fault = undefined;
    await page.getByRole('rowheader').getByRole('link').last().click();
    await page.getByRole('heading', { name: 'The row' }).waitFor();
    await page.getByRole('button', { name: 'Send it again…' }).click();
    await dialog.getByRole('button', { name: 'Send 1 dead letter again' }).click();
    await dialog.getByText('1 of 1 dead letter: 1 accepted and removed, 0 still there.').waitFor();
    const received = JSON.stringify(s.splunk.received);
    expect([...received.matchAll(/"n\\?":(\d)/g)].map(([, n]) => n).toSorted()).toEqual(['0', '1', '2', '3']);
    for await (const { name } of s.ports.deadLetters.list()) expect.unreachable(name);
    expect(faults.policy).toEqual([]);
  });

  it.runIf(isWholeConsoleTried)(
    'removes only after the number was typed, by the keyboard alone',
    async () => {
      for (let n = 0; n < 3; n++) await s.put(n);
      await s.put(7, {}, { reason: 'too_large' });
      open = await openAsOperator('dead-letters?reason=hec_6');
      const { page, faults } = open;
      await page.getByText('3 letters').waitFor();
      await page.getByRole('button', { name: 'Remove all of them…' }).press('Enter');
      const dialog = page.getByRole('dialog');
      const remove = dialog.getByRole('button', { name: 'Remove 3 dead letters for good' });
      await remove.waitFor();
      await expect.poll(() => remove.isDisabled()).toBe(true);
      await dialog.getByLabel('Type the number 3 to confirm').pressSequentially('3');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await dialog.getByText('3 of 3 dead letters: 3 removed, 0 still there.').waitFor();
      await page.keyboard.press('Escape');
      await page.getByText('0 letters').waitFor();
      await page.getByRole('button', { name: 'No filters' }).press('Enter');
      await page.getByText('1 letter', { exact: true }).waitFor();
      expect(faults).toEqual(NO_FAULTS);
    },
  );

  it.runIf(isWholeConsoleTried).each(['light', 'dark'] as const)(
    'shows hostile rows as text, in %s and at 360 pixels',
    async (theme) => {
      const columns = { FileName: BIDI, CommandLine: SCRIPT, AccountName: 'j.doe' };
      await s.put(1, columns, { message: `${SCRIPT} ${BIDI} j.doe`, rule: SCRIPT });
      await s.put(2, { ...columns, Long: 'x'.repeat(1_000_000) });
      await s.put(3, {}, { row: Buffer.from('{"AccountName":"j.doe'), reason: SCRIPT });
      open = await openAsOperator('dead-letters', { theme, width: 360 });
      const { page, violations } = open;
      await page.getByText('3 letters').waitFor();
      expect(await violations()).toEqual([]);
      await expectOnlyText(open);
      const names: string[] = [];
      for await (const { name } of s.ports.deadLetters.list()) names.push(name);
      for (const name of names) {
        await page.goto(`${s.url}dead-letters?letter=${encodeURIComponent(name)}`);
        await page.getByRole('heading', { name: 'What was sent' }).waitFor();
        expect(await page.content()).not.toContain('j.doe');
        expect(await violations()).toEqual([]);
        await expectOnlyText(open);
      }
    },
  );

  it.runIf(isWholeConsoleTried)(
    'shows no buttons to who may only look, whom the relay refuses too',
    async () => {
      await s.put(1);
      open = await openPage(s.url, { expected: /status of 403/ });
      const { page, faults } = open;
      await logIn(open, VIEWER_KEY);
      for (const path of ['dead-letters', 'destinations?destination=splunk']) {
        await page.goto(s.url + path);
        await page.getByRole('rowheader').first().waitFor();
        await page.waitForLoadState('networkidle');
        expect(await page.getByRole('button', { name: /…$/ }).count()).toBe(0);
      }
      for (const [path, body] of [
        ['dead-letters/drop', { filter: {}, count: 1 }],
        ['dead-letters/redrive', { filter: {}, count: 1 }],
        ['destinations/test', { destination: 'splunk' }],
        ['destinations/reset', { destination: 'splunk' }],
      ] as const) {
        const status = await post(page, `api/${path}`, body);
        expect([path, status]).toEqual([path, 403]);
      }
      let stored = 0;
      for await (const _ of s.ports.deadLetters.list()) stored += 1;
      expect(stored).toBe(1);
      expect(faults).toEqual(NO_FAULTS);
    },
  );

  async function openAsOperator(path: string, options?: OpenOptions): Promise<OpenPage> {
    const opened = await openPage(s.url, options);
    await logIn(opened, OPERATOR_KEY);
    await opened.page.goto(s.url + path);
    return opened;
  }

  async function logIn({ page }: OpenPage, key: string): Promise<void> {
    expect(await post(page, 'login', { key })).toBe(200);
  }

  function post(page: OpenPage['page'], path: string, body: object): Promise<number> {
    const init = JSON.stringify({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return page.evaluate<number>(
      `fetch(${JSON.stringify(s.url + path)}, ${init}).then(({ status }) => status)`,
    );
  }
});
