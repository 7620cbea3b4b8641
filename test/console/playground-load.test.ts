/** What the playground in the console loads until its first verdict, by what Chromium asks for. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/root.ts';
import type { SessionAnswer } from '../../src/console/model/session.ts';
import { hasBrowser, NO_FAULTS, openPage } from '../support/browser.ts';
import { type StaticConsole, startStaticConsole } from './static-console.ts';

/** With the console's own shell. Bytes, compressed with brotli as the relay hands them out. */
const MOST_BYTES = 345_000;

const SESSION: SessionAnswer = {
  viewer: { name: 'local', role: 'operator', by: 'none' },
  logins: [],
  allowed: { rows: true, capture: false, acts: true },
  version: '0.1.0',
};

let server: StaticConsole;

beforeAll(async () => {
  server = await startStaticConsole((path) =>
    path === 'session'
      ? { status: 200, body: SESSION }
      : { status: 200, body: { at: Date.now(), items: [], total: 0, unknown: [] } },
  );
});
afterAll(() => server.close());

describe.skipIf(!hasBrowser())('the playground', () => {
  it('loads at most 345 KB until rows have a verdict and it is shown what destinations are sent', async () => {
    const { page, asked, faults, close } = await openPage(`${server.url}playground`);
    await page.getByText('As Slack shows it').waitFor();
    for (const name of ['splunk', 'soc-slack', 'automation']) {
      await page.getByRole('region', { name: `What ${name} is sent` }).waitFor();
    }
    const files = [...new Set(asked)].filter((path) => path.startsWith('/console/assets/'));
    // The engine, and what makes each destination's form: the worker asks for them.
    expect(files.filter((path) => /\/(?:worker|descriptor)-/.test(path))).toHaveLength(4);
    const compressed = files.filter((path) => /\.(?:js|css|svg)$/.test(path));
    expect(compressed).toEqual(files);
    const sizes = await Promise.all(
      files.map(async (path) => (await stat(join(ROOT, 'dist', `${path}.br`))).size),
    );
    const sum = sizes.reduce((total, size) => total + size, 0);
    expect(sum).toBeGreaterThan(MOST_BYTES / 2);
    expect(sum).toBeLessThanOrEqual(MOST_BYTES);
    expect(faults).toEqual(NO_FAULTS);
    await close();
  });
});
