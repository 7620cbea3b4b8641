import picocolors from 'picocolors';
import { describe, expect, it } from 'vitest';
import { bytes, duration, picture, plainLine, type View } from '../../demo/picture.ts';

const account = {
  destination: 'splunk',
  expected: 2100,
  arrived: 2000,
  repeats: 3,
  deadLetters: 0,
  torn: 0,
  gone: 0,
  held: 0,
  missing: 100,
  waiting: 0,
  unexpected: 0,
  outOfOrder: 0,
};
const view: View = {
  elapsed: 65,
  phase: 'writing',
  ended: false,
  goal: 20_000,
  written: 2500,
  writtenRate: 300,
  appendedBytes: 6_400_000,
  read: 2400,
  readRate: 290,
  filtered: 300,
  alerts: 2,
  bad: 0,
  deadLetters: 0,
  notifications: 30,
  destinations: [
    { account, rate: 280, lagBytes: 250_000, delay: 1.23, down: false },
    {
      account: { ...account, destination: 'hook', missing: 0 },
      rate: 0,
      lagBytes: 0,
      delay: undefined,
      down: true,
    },
  ],
  people: ['soc-slack'],
  headlines: [
    { at: 0, text: 'older' },
    { at: 1000, text: `🟠 HIGH ${'very '.repeat(40)}long \u001b[31mtitle` },
  ],
  page: 'http://127.0.0.1:8030/console/',
};
const plain = picocolors.createColors(false);

describe('the picture', () => {
  it('tells of rows in, filtered, forwarded per destination, alerts and lag', () => {
    const text = picture(view, plain, 100);
    expect(text).toMatch(/2,500 rows of 20,000 written\s+300\/s\s+6\.4 MB/);
    expect(text).toMatch(/2,400 rows read\s+290\/s\s+30 notifications/);
    expect(text).toContain('http://127.0.0.1:8030/console/');
    expect(picture({ ...view, page: undefined }, plain, 100)).not.toContain('console');
    expect(text).toMatch(/300 filtered\s+2 alerts/);
    expect(text).toMatch(
      /splunk\s+2,000 arrived\s+280\/s\s+100 to come\s+lag 250 kB {2}1\.2 s behind {2}3 repeats/,
    );
    expect(text).toMatch(/hook .* down/);
  });

  it('says why more rows are read than written', () => {
    expect(picture({ ...view, read: 2700 }, plain, 100)).toContain('200 rows read again for who lags behind');
    expect(picture(view, plain, 100)).not.toContain('again');
  });

  it('shows the newest headline first, cut to the width and without control characters', () => {
    const lines = picture(view, plain, 60).split('\n');
    const newest = lines.findIndex((line) => line.includes('🟠'));
    expect(lines[newest + 1]).toContain('older');
    expect([...(lines[newest] ?? '')].length).toBeLessThanOrEqual(60);
    expect(lines[newest]).toMatch(/…$/);
    expect(picture({ ...view, headlines: view.headlines.slice(1) }, plain, 400)).not.toContain('\u001b');
  });

  it('fits into one line', () => {
    expect(plainLine(view)).toBe(
      '1:05 writing: written 2,500 (300/s), read 2,400, filtered 300, alerts 2; splunk 2,000 of 2,100 (280/s), hook 2,000 of 2,100 (0/s)',
    );
  });

  it('writes figures as people read them', () => {
    expect([999, 1000, 35_600, 6_400_000, 2_500_000_000].map(bytes)).toEqual([
      '999 B',
      '1.0 kB',
      '36 kB',
      '6.4 MB',
      '2.5 GB',
    ]);
    expect([5, 65, 3723].map(duration)).toEqual(['0:05', '1:05', '1:02:03']);
  });
});
