/** The page scanner in workerd, where the compiled module is imported: nothing may be compiled while a Worker runs. */
import { describe, expect, it } from 'vitest';
import { scannerTrouble, scanPage } from '../../src/blobs/rows/scanner/index.ts';
import { scanPageInTypeScript } from '../../src/blobs/rows/scanner/twin.ts';

const ROWS = [
  '\ufeff{"time":"t","category":"AdvancedHunting-X","properties":{"A":"b","N":-1.5,"É":"é","T":[true,{}]},"Tenant":null}\r\n',
  '{"category":"X","properties":{"Id":12345678901234567890}}\n\n',
  '{"category":"X","properties":{"a":1,"a":2}}\n',
  '{"category":',
];

describe('in workerd', () => {
  it('the compiled scanner runs', () => {
    expect(scannerTrouble).toBeUndefined();
    expect(scanPage).not.toBe(scanPageInTypeScript);
  });

  it('it fills the tables that the twin fills', () => {
    const page = Buffer.from(ROWS.join(''));
    const scan = scanPage(page, 0, page.length, 1 << 20);
    expect(scan).toEqual(scanPageInTypeScript(page, 0, page.length, 1 << 20));
    expect(scan.count).toBe(3);
    expect(page.subarray(scan.rest).toString()).toBe('{"category":');
  });
});
