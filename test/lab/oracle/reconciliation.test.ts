import { describe, expect, it } from 'vitest';
import { createMemoryDeadLetters } from '../../../lab/memory/dead-letters.ts';
import { createLedger } from '../../../lab/oracle/ledger.ts';
import { deadLetterReader, reconcile, reconciliationText } from '../../../lab/oracle/reconciliation.ts';

const BLOB = 'insights-logs-advancedhunting-deviceevents/tenantId=t/y=2026/m=11/d=23/h=07/m=00/PT1H.json';
const id = (n: number) => n.toString(16).padStart(12, '0').padEnd(32, 'f');

function ledgerOf(rows: number, arrived: readonly number[]) {
  const ledger = createLedger(['splunk']);
  for (let n = 0; n < rows; n++) {
    ledger.written({
      blob: BLOB,
      offset: n * 10,
      id: id(n),
      ...(n === 0
        ? { filter: 'The sensor watching itself', expected: [] }
        : { expected: [{ destination: 'splunk' }] }),
    });
  }
  for (const n of arrived) ledger.arrived('splunk', { blob: BLOB, offset: n * 10, id: id(n) });
  return ledger;
}

describe('the reconciliation', () => {
  it('is content when every row is filtered by a named filter or has arrived', () => {
    const result = reconcile(ledgerOf(5, [1, 2, 2, 3, 4]), ['splunk']);
    expect(result.complaints).toEqual([]);
    expect(reconciliationText(result)).toMatchInlineSnapshot(`
      "5 rows written, 1 of them held back by filters:
                1  The sensor watching itself

      destination  expected  arrived  repeats  dead letters  missing  unexpected  out of order
      splunk              4        4        1             0        0           0             0

      Every one of the 5 rows is accounted for, at every destination."
    `);
  });

  it('fails, and says where the row lies that is missing', () => {
    const result = reconcile(ledgerOf(5, [1, 2, 4]), ['splunk']);
    expect(result.complaints).toHaveLength(2);
    expect(reconciliationText(result)).toContain('NOT every row is accounted for');
    expect(reconciliationText(result)).toContain(`splunk: LOST (1): ${BLOB}@30`);
  });

  it('fails on rows that a filter should have held back, and on rows out of order', () => {
    expect(reconcile(ledgerOf(3, [0, 1, 2]), ['splunk']).complaints).toEqual([
      `splunk: a row that was not meant for it (1): ${BLOB}@0`,
    ]);
    expect(reconcile(ledgerOf(3, [2, 1]), ['splunk']).complaints).toEqual([
      `splunk: a row before an earlier one (1): ${BLOB}@20 before 10`,
    ]);
  });

  it('takes dead letters for accounted, each once', async () => {
    const ledger = ledgerOf(4, [1, 2]);
    const letters = createMemoryDeadLetters();
    await letters.put({
      destination: 'splunk',
      reason: 'hec_invalid_data',
      message: 'Splunk will not take it',
      source: { blob: BLOB, offset: 30 },
      length: 10,
      row: Buffer.from('{}'),
      id: id(3),
      table: 'DeviceEvents',
    });
    const read = deadLetterReader(letters, ledger, ['splunk']);
    await read();
    await read();
    expect(ledger.account('splunk')).toMatchObject({ deadLetters: 1, missing: 0 });
    expect(reconcile(ledger, ['splunk']).complaints).toEqual([]);
  });
});
