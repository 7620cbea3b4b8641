/** Captures, server side: who may start them, and what of the rows leaves the server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../lab/silent.ts';
import type { CaptureDone, CaptureView } from '../../src/console/model/capture.ts';
import { CaptureBook } from '../../src/relay/capture/book.ts';
import { CaptureLooks } from '../../src/relay/capture/look.ts';
import { type ConsoleSetting, startConsole } from './setting.ts';

let setting: ConsoleSetting;

beforeAll(async () => {
  setting = await startConsole(
    '\nconsole: { capture: true, rows: { show: true, tables: [DeviceEvents], mask: [AccountName] } }\n',
  );
});
afterAll(() => setting?.stop());

/** What a consumer does at its next look, with rows that come then. */
async function consume(...rows: readonly object[]): Promise<void> {
  const { documents, clock } = setting.ports;
  const book = new CaptureBook(clock);
  book.follow(await new CaptureLooks().look(documents, clock));
  for (const row of rows) if (book.wants('DeviceEvents')) book.take('DeviceEvents', JSON.stringify(row));
  await book.store({ documents, clock, logger: silentLogger });
}

describe('captures', () => {
  it('begin for an operator, and show the rows with masked columns', async () => {
    expect(await setting.view<CaptureView>('capture')).toMatchObject({ running: [] });
    const started = await setting.act<CaptureDone>('capture/start', { table: 'DeviceEvents', rows: 2 });
    expect(started.said).toContain('The next 2 rows of DeviceEvents are kept, for 5 minutes');
    const running = await setting.view<CaptureView>('capture', { table: 'DEVICEEVENTS' });
    expect(running).toMatchObject({ running: [{ table: 'deviceevents', by: 'ada', most: 2 }] });
    expect(running.captured).toBeUndefined();
    await consume({ properties: { AccountName: 'eve', FileName: 'a' } });
    const view = await setting.view<CaptureView>('capture', { table: 'DeviceEvents' });
    expect(view.why).toBeUndefined();
    expect(view.captured).toMatchObject({ full: false, tooLong: 0 });
    const [row] = view.captured?.rows ?? [];
    expect(JSON.parse(row?.row.text ?? '')).toEqual({
      properties: { AccountName: '(masked)', FileName: 'a' },
    });
  });

  it('end, with their rows where that is asked for', async () => {
    const { said } = await setting.act<CaptureDone>('capture/stop', { table: 'DeviceEvents', forget: true });
    expect(said).toContain('Its rows are removed');
    const view = await setting.view<CaptureView>('capture', { table: 'DeviceEvents' });
    expect(view).not.toHaveProperty('captured');
    expect(view.running).toEqual([]);
  });

  it('are refused for tables that are not shown, and for odd names', async () => {
    const start = (body: object) => setting.act('capture/start', body);
    await expect(start({ table: 'DeviceInfo' })).rejects.toMatchObject({ code: 'capture_not_allowed' });
    await expect(start({ table: '../x' })).rejects.toThrow();
    await expect(start({ table: 'DeviceEvents', rows: 51 })).rejects.toThrow();
    await expect(start({ table: 'DeviceEvents', minutes: 11 })).rejects.toThrow();
    const { why } = await setting.view<CaptureView>('capture', { table: 'DeviceInfo' });
    expect(why).toContain('console.rows');
  });
});

it('nothing is captured unless relay.yaml allows it', async () => {
  const other = await startConsole('\nconsole: { rows: { show: true } }\n');
  try {
    await expect(other.act('capture/start', { table: 'DeviceEvents' })).rejects.toMatchObject({
      code: 'capture_not_allowed',
    });
    expect((await other.view<CaptureView>('capture')).why).toContain('console.capture');
  } finally {
    await other.stop();
  }
});
