import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Arrival, createLedger, type LedgerRow } from '../../../lab/oracle/ledger.ts';

const BLOB = 'insights-logs-advancedhunting-deviceevents/tenantId=t/y=2026/m=11/d=23/h=07/m=00/PT1H.json';
const id = (n: number) => n.toString(16).padStart(12, '0').padEnd(32, 'f');

function row(n: number, more: Partial<LedgerRow> = {}): LedgerRow {
  return { blob: BLOB, offset: n * 1000, id: id(n), expected: [{ destination: 'splunk' }], ...more };
}

function arrival(n: number, rule?: string): Arrival {
  return { blob: BLOB, offset: n * 1000, id: id(n), ...(rule === undefined ? {} : { rule }) };
}

describe('the ledger', () => {
  it('balances when each row came once', () => {
    const ledger = createLedger(['splunk', 'hook']);
    for (let n = 0; n < 100; n++) ledger.written(row(n));
    for (let n = 0; n < 100; n++) ledger.arrived('splunk', arrival(n));
    expect(ledger.account('splunk')).toEqual({
      destination: 'splunk',
      expected: 100,
      arrived: 100,
      repeats: 0,
      deadLetters: 0,
      missing: 0,
      unexpected: 0,
      outOfOrder: 0,
    });
    expect(ledger.account('hook')).toMatchObject({ expected: 0, missing: 0 });
  });

  it('finds the one row that is missing, and names its place', () => {
    const ledger = createLedger(['splunk']);
    for (let n = 0; n < 100; n++) ledger.written(row(n));
    for (let n = 0; n < 100; n++) if (n !== 37) ledger.arrived('splunk', arrival(n));
    ledger.arrived('splunk', arrival(36));
    expect(ledger.account('splunk')).toMatchObject({ arrived: 99, repeats: 1, missing: 1 });
    expect(ledger.missing('splunk', 5)).toEqual([`${BLOB} at 37000`]);
  });

  it('holds two copies of a row apart: the second delivery of one does not stand for the other', () => {
    const ledger = createLedger(['splunk']);
    ledger.written(row(1));
    ledger.written(row(2, { id: id(1) }));
    ledger.arrived('splunk', arrival(1));
    ledger.arrived('splunk', arrival(1));
    expect(ledger.account('splunk')).toMatchObject({ arrived: 1, repeats: 1, missing: 1 });
  });

  it('counts what nobody expected: a filtered row, an unknown place, a wrong id', () => {
    const ledger = createLedger(['splunk']);
    ledger.written(row(1, { expected: [], filter: 'The sensor watching itself' }));
    ledger.written(row(2));
    ledger.arrived('splunk', arrival(1));
    ledger.arrived('splunk', { ...arrival(2), offset: 1 });
    ledger.arrived('splunk', { ...arrival(2), id: id(3) });
    expect(ledger.account('splunk')).toMatchObject({ arrived: 0, unexpected: 3, missing: 1 });
    expect([...ledger.filtered]).toEqual([['The sensor watching itself', 1]]);
  });

  it('sees rows of one blob arrive out of order, and does not mind repeats', () => {
    const ledger = createLedger(['splunk']);
    for (let n = 0; n < 4; n++) ledger.written(row(n));
    for (const n of [0, 1, 0, 1, 3, 2]) ledger.arrived('splunk', arrival(n));
    expect(ledger.account('splunk')).toMatchObject({ arrived: 4, repeats: 2, outOfOrder: 1 });
  });

  it('accounts for rows and alerts in the dead letters', () => {
    const ledger = createLedger(['splunk']);
    ledger.written(row(1));
    ledger.written(row(2, { expected: [{ destination: 'splunk', rule: 'A' }] }));
    ledger.deadLettered('splunk', arrival(1));
    ledger.deadLettered('splunk', arrival(1));
    ledger.deadLettered('splunk', arrival(2));
    expect(ledger.account('splunk')).toMatchObject({ expected: 2, arrived: 0, deadLetters: 2, missing: 0 });
  });

  it('expects an alert for each rule, beside the row itself', () => {
    const ledger = createLedger(['splunk']);
    const expected = [
      { destination: 'splunk' },
      { destination: 'splunk', rule: 'A' },
      { destination: 'splunk', rule: 'B' },
    ];
    ledger.written(row(1, { expected }));
    ledger.arrived('splunk', arrival(1));
    ledger.arrived('splunk', arrival(1, 'A'));
    ledger.arrived('splunk', arrival(1, 'A'));
    expect(ledger.account('splunk')).toMatchObject({ expected: 3, arrived: 2, repeats: 1, missing: 1 });
    expect(ledger.missing('splunk', 5)).toEqual([`alert "B" of ${BLOB} at 1000`]);
  });

  it('knows messages by their event id where they say no more, both copies of a row included', () => {
    const ledger = createLedger(['soc-slack'], ['soc-slack']);
    const expected = [{ destination: 'soc-slack', rule: 'A' }];
    ledger.written(row(1, { expected }));
    ledger.written(row(2, { expected, id: id(1) }));
    ledger.messageArrived('soc-slack', id(1));
    expect(ledger.account('soc-slack')).toMatchObject({ expected: 2, arrived: 1, missing: 1 });
    ledger.messageArrived('soc-slack', id(1));
    ledger.messageArrived('soc-slack', id(1));
    ledger.messageArrived('soc-slack', id(9));
    expect(ledger.account('soc-slack')).toMatchObject({ arrived: 2, repeats: 1, missing: 0, unexpected: 1 });
  });

  it('finds exactly what was left out, whatever came twice', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 200 }), (times) => {
        const ledger = createLedger(['splunk']);
        for (const n of times.keys()) ledger.written(row(n));
        times.forEach((count, n) => {
          for (let i = 0; i < count; i++) ledger.arrived('splunk', arrival(n));
        });
        const account = ledger.account('splunk');
        expect(account.missing).toBe(times.filter((count) => count === 0).length);
        expect(account.repeats).toBe(times.filter((count) => count === 2).length);
        expect(account.outOfOrder).toBe(0);
        expect(ledger.missing('splunk', 1000)).toHaveLength(account.missing);
      }),
    );
  });
});
