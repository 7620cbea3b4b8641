/** Links to the playground that a stranger wrote: each gets a sentence or is shown as text, and the page stays usable. */
import { deflateSync, strToU8 } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../console/playground/defaults.ts';
import type { SessionAnswer } from '../../src/console/model/session.ts';
import { hasBrowser, NO_FAULTS, type OpenPage, openPage } from '../support/browser.ts';
import { type StaticConsole, startStaticConsole } from './static-console.ts';

const SESSION: SessionAnswer = {
  viewer: { name: 'local', role: 'operator', by: 'none' },
  logins: [],
  allowed: { rows: true, capture: false, acts: true },
  version: '0.1.0',
};
const MARKUP = '<img src=x onerror=alert(1)>';

let server: StaticConsole;

beforeAll(async () => {
  server = await startStaticConsole((path) =>
    path === 'session'
      ? { status: 200, body: SESSION }
      : { status: 200, body: { at: Date.now(), items: [], total: 0, unknown: [] } },
  );
});
afterAll(() => server.close());

/** @param text what stands in the place of a state. */
function fragmentOf(text: string): string {
  return `1.${Buffer.from(deflateSync(strToU8(text), { level: 9 })).toString('base64url')}`;
}

const stateOf = (part: object) => fragmentOf(JSON.stringify({ ...DEFAULTS, ...part }));

async function follow({ page }: OpenPage, fragment: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`playground=${fragment}`)}`);
}

/** The page answers, and its engine gives a verdict: after the next one has been followed, and the sentence is gone. */
async function isUsable(opened: OpenPage, name: string): Promise<void> {
  const row = JSON.stringify({ FileName: 'cmd.exe', DeviceName: name });
  await follow(opened, stateOf({ rows: row }));
  await opened.page.getByRole('region', { name: 'What splunk is sent' }).getByText(name).first().waitFor();
  await expect.poll(() => opened.page.getByRole('alert').count()).toBe(0);
}

describe.skipIf(!hasBrowser())('a link', () => {
  it('that holds no state of a playground gets a sentence, and the page goes on', async () => {
    const opened = await openPage(`${server.url}playground`);
    const { page, faults, close } = opened;
    await page.getByText('As Slack shows it').waitFor();
    const refused: Readonly<Record<string, string>> = {
      'of nothing': '1.',
      'that is cut off': '1.q1YqyczLzC9RslJKzs_JSS',
      'of another version': '9.abc',
      'of markup': '1.<script>alert(1)</script>',
      'of 1.5 MB': `1.${'A'.repeat(1_500_000)}`,
      'that unpacks to 60 MB': stateOf({ rows: 'a'.repeat(60_000_000) }),
      'with a prototype': fragmentOf(JSON.stringify(DEFAULTS).replace(/}$/, ',"__proto__":{"polluted":1}}')),
      'of a list': fragmentOf('[1,2,3]'),
      'of null': fragmentOf('null'),
      'of another type': stateOf({ files: { length: 1 }, rows: 5 }),
      'of a file named by markup': stateOf({ files: [{ path: `${MARKUP}.yml`, text: '' }] }),
      'of a file out of the folder': stateOf({ files: [{ path: 'a/../../b.yml', text: '' }] }),
      'of too many files': stateOf({
        files: Array.from({ length: 201 }, (_, n) => ({ path: `${n}.yml`, text: '' })),
      }),
    };
    for (const [what, fragment] of Object.entries(refused)) {
      await follow(opened, fragment);
      const sentence = page.getByRole('alert').filter({ hasText: 'link' });
      await sentence.waitFor();
      expect(await sentence.textContent(), what).toMatch(/^The link/);
      await isUsable(opened, `behind-${what.replaceAll(' ', '-')}`);
    }
    expect(faults).toEqual(NO_FAULTS);
    await close();
  }, 120_000);

  it('to rules that are made to hold up the page does not', async () => {
    const opened = await openPage(`${server.url}playground`);
    const { page, faults, close } = opened;
    await page.getByText('As Slack shows it').waitFor();
    const rules = (text: string) => stateOf({ files: [{ path: 'detections/hostile.yml', text }] });
    const costly: Readonly<Record<string, string>> = {
      'a string of escapes that does not end': rules(`title: "${'\\a'.repeat(5_000)}`),
      'long lines of spaces': rules(`a${' '.repeat(10_000)}\n`.repeat(40)),
      'a mistake on each line': rules(Array.from({ length: 20_000 }, (_, n) => `k${n}: x`).join('\n')),
      'brackets within brackets': rules('['.repeat(200_000)),
      'a name of markup': rules(`title: ${JSON.stringify(MARKUP)}\n`),
    };
    for (const [what, fragment] of Object.entries(costly)) {
      await follow(opened, fragment);
      await page.getByRole('list', { name: 'Findings' }).getByText('error').first().waitFor();
      await isUsable(opened, `behind-${what.replaceAll(' ', '-')}`);
    }
    expect(await page.locator('img').count()).toBe(0);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  }, 120_000);

  it('with names that objects of JavaScript have is opened', async () => {
    const opened = await openPage(`${server.url}playground`);
    const { page, faults, close } = opened;
    await page.getByText('As Slack shows it').waitFor();
    const rows = '{"__proto__":{"polluted":1},"constructor":"from-the-link"}';
    await follow(opened, stateOf({ rows, table: 'constructor' }));
    const sent = page.getByRole('region', { name: 'What splunk is sent' });
    await sent.getByText('from-the-link').first().waitFor();
    expect(await page.evaluate('({}).polluted')).toBeUndefined();
    await expect.poll(() => page.getByRole('button', { name: 'Sample' }).isDisabled()).toBe(true);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });
});
