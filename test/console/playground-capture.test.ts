/** The playground's rows of the stream in Chromium: offered where the relay allows them, and taken over as the relay shows them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaptureView } from '../../src/console/model/capture.ts';
import type { SessionAnswer } from '../../src/console/model/session.ts';
import { hasBrowser, NO_FAULTS, openPage } from '../support/browser.ts';
import { type StaticConsole, startStaticConsole } from './static-console.ts';

const BUTTON = { name: 'Rows of the stream' };
const ROW = '{"category":"AdvancedHunting-DeviceEvents","properties":{"AccountName":"(masked)"}}';
const running = { table: 'deviceprocessevents', by: 'omar', startedOn: 2000, until: 9000, most: 20 };
const shown = { text: ROW, bytes: ROW.length, cut: false, masked: true, lossy: false };

let server: StaticConsole;
let capture = true;
let why: string | undefined;

beforeAll(async () => {
  let looks = 0;
  server = await startStaticConsole((path) => {
    const [name = ''] = path.split('?');
    if (name === 'session') return { status: 200, body: session() };
    if (name === 'attention') return { status: 200, body: { at: Date.now(), items: [] } };
    if (name === 'capture/start') return { status: 200, body: { said: 'The next rows are kept.' } };
    looks += 1;
    // The rows of an earlier capture, until consumers have kept others.
    const isKept = looks > 3;
    const captured = { ...running, startedOn: isKept ? 2000 : 1000, expires: 9000, full: isKept, tooLong: 0 };
    const row = isKept ? shown : { ...shown, text: '{"of":"before"}' };
    const view: CaptureView = {
      at: 2500,
      running: looks > 1 ? [running] : [],
      captured: { ...captured, rows: [{ at: 2400, row }] },
      ...(why !== undefined && { why }),
    };
    return { status: 200, body: view };
  });
});
afterAll(() => server.close());

function session(): SessionAnswer {
  const viewer = { name: 'omar', role: 'operator', by: 'key' } as const;
  return { viewer, logins: ['key'], allowed: { rows: true, capture, acts: true }, version: '0.1.0' };
}

describe.skipIf(!hasBrowser())('rows of the stream', () => {
  it('are captured, awaited and put into the rows, without those of an earlier capture', async () => {
    capture = true;
    const { page, faults, violations, close } = await openPage(`${server.url}playground`);
    await page.getByRole('button', BUTTON).press('Enter');
    await page.getByText('Waiting for the next rows of').waitFor();
    expect(await violations()).toEqual([]);
    await expect
      .poll(() => page.getByLabel(/One JSON object a line/).inputValue(), { timeout: 30_000 })
      .toBe(ROW);
    expect(server.asked.filter((path) => path === 'capture/start')).toHaveLength(1);
    why = 'Rows of this table are not captured: the setting console.rows does not show them.';
    await page.getByRole('button', BUTTON).press('Enter');
    await page.getByRole('alert').getByText(why).waitFor();
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });

  it('are not offered where the relay does not allow them', async () => {
    capture = false;
    const { page, close } = await openPage(`${server.url}playground`);
    await page.getByRole('button', { name: 'Sample' }).waitFor();
    expect(await page.getByRole('button', BUTTON).count()).toBe(0);
    await close();
  });
});
