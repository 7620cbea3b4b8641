import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Complaints } from '../../../lab/oracle/complaints.ts';
import { type Arrival, createLedger, type Ledger, type LedgerRow } from '../../../lab/oracle/ledger.ts';

const BLOB = 'insights-logs-advancedhunting-deviceevents/tenantId=t/y=2026/m=11/d=23/h=07/m=00/PT1H.json';
const id = (n: number) => n.toString(16).padStart(12, '0').padEnd(32, 'f');

function row(n: number, more: Partial<LedgerRow> = {}): LedgerRow {
  return { blob: BLOB, offset: n * 1000, id: id(n), expected: [{ destination: 'splunk' }], ...more };
}

function arrival(n: number, rule?: string): Arrival {
  return { blob: BLOB, offset: n * 1000, id: id(n), ...(rule === undefined ? {} : { rule }) };
}

const complaints = (ledger: Ledger, destination = 'splunk') => {
  const found = new Complaints();
  ledger.complain(destination, found);
  return found.sentences;
};

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
      torn: 0,
      gone: 0,
      held: 0,
      missing: 0,
      waiting: 0,
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
    expect(ledger.account('splunk')).toMatchObject({ arrived: 99, repeats: 1, missing: 1, outOfOrder: 1 });
    expect(complaints(ledger)).toEqual([
      `splunk: a row before an earlier one (1): ${BLOB}@38000 before 37000`,
      `splunk: LOST (1): ${BLOB}@37000`,
    ]);
    expect([...ledger.open('splunk')]).toEqual([37]);
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
    expect(complaints(ledger)).toEqual([
      `splunk: a row that was not meant for it (1): ${BLOB}@1000`,
      `splunk: a row nobody wrote (1): ${BLOB}@1`,
      `splunk: a row under another event id (1): ${BLOB}@2000 ${id(3)}`,
      `splunk: LOST (1): ${BLOB}@2000`,
    ]);
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
    expect(complaints(ledger)).toEqual([`splunk: LOST (1): alert "B" of ${BLOB}@1000`]);
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
        const last = times.findLastIndex((count) => count > 0);
        expect(account.outOfOrder).toBe(times.slice(0, last + 1).filter((count) => count === 0).length);
        expect([...ledger.open('splunk')]).toHaveLength(account.missing);
      }),
    );
  });

  it('tells each row once that a later one of its blob came before, and no row that may be passed', () => {
    const ledger = createLedger(['splunk']);
    for (let n = 0; n < 6; n++) ledger.written(row(n));
    ledger.arrived('splunk', arrival(2), (number) => number === 1);
    ledger.arrived('splunk', arrival(0));
    ledger.arrived('splunk', arrival(5));
    ledger.arrived('splunk', arrival(1));
    expect(ledger.account('splunk')).toMatchObject({ outOfOrder: 3, missing: 2 });
    expect(complaints(ledger)[0]).toBe(
      `splunk: a row before an earlier one (3): ${[
        `${BLOB}@2000 before 0`,
        `${BLOB}@5000 before 3000`,
        `${BLOB}@5000 before 4000`,
      ].join('; ')}`,
    );
    // A dead letter says why it did not come in its turn; what only came late stays late.
    ledger.deadLettered('splunk', arrival(3));
    ledger.deadLettered('splunk', arrival(0));
    expect(ledger.account('splunk')).toMatchObject({ outOfOrder: 2, missing: 1, deadLetters: 1 });
  });

  it('settles what did not come, and takes that back when it comes after all', () => {
    const ledger = createLedger(['splunk']);
    for (let n = 0; n < 5; n++) ledger.written(row(n));
    ledger.arrived('splunk', arrival(4));
    for (const [n, how] of (['deadLetters', 'torn', 'gone', 'held', 'gone'] as const).entries()) {
      ledger.settle('splunk', n, how);
    }
    expect(ledger.account('splunk')).toMatchObject({
      arrived: 1,
      deadLetters: 1,
      torn: 1,
      gone: 1,
      held: 1,
      missing: 0,
      outOfOrder: 4,
    });
    ledger.arrived('splunk', arrival(2));
    expect(ledger.account('splunk')).toMatchObject({ arrived: 2, gone: 0, missing: 0 });
  });

  it('knows the contents of a blob that was overwritten apart, each with an order of its own', () => {
    const ledger = createLedger(['splunk']);
    for (const n of [0, 1]) ledger.written(row(n));
    for (const n of [0, 1]) ledger.written(row(n, { id: id(10 + n), generation: 1 }));
    for (const n of [10, 11]) ledger.arrived('splunk', { ...arrival(n - 10), id: id(n) });
    ledger.arrived('splunk', arrival(1));
    expect(ledger.account('splunk')).toMatchObject({ arrived: 3, outOfOrder: 1, missing: 1 });
    expect([...ledger.open('splunk')]).toEqual([0]);
  });

  it('tells all of an event id, not only how it begins', () => {
    const ledger = createLedger(['splunk']);
    ledger.written(row(1));
    ledger.arrived('splunk', { ...arrival(1), id: `${id(1).slice(0, 31)}e` });
    expect(ledger.account('splunk')).toMatchObject({ arrived: 0, unexpected: 1 });
    ledger.written(row(2, { id: 'id-2' }));
    ledger.arrived('splunk', { ...arrival(2), id: 'id-2' });
    ledger.arrived('splunk', { ...arrival(2), id: 'id-3' });
    expect(ledger.account('splunk')).toMatchObject({ arrived: 1, unexpected: 2 });
  });

  it('refuses rows that are not in the order of their blob', () => {
    const ledger = createLedger(['splunk']);
    ledger.written(row(2));
    expect(() => ledger.written(row(2))).toThrow('written in order');
    expect(() => ledger.written(row(1))).toThrow('written in order');
    ledger.written(row(1, { generation: 1 }));
  });
});
