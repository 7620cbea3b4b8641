import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Complaints } from '../../../lab/oracle/complaints.ts';
import { createLedger, type Ledger } from '../../../lab/oracle/ledger.ts';

const BLOB = 'insights-logs-advancedhunting-deviceevents/tenantId=t/PT1H.json';
const SLACK = 'soc-slack';
const id = (n: number) => n.toString(16).padStart(32, '0');

/** A ledger in which rows of these events, in their order, raise an alert of rule A. */
function ledgerOf(...events: readonly number[]): Ledger {
  const ledger = createLedger([SLACK], [SLACK]);
  for (const [n, event] of events.entries()) {
    ledger.written({ blob: BLOB, offset: n, id: id(event), expected: [{ destination: SLACK, rule: 'A' }] });
  }
  return ledger;
}

const group = (n: number, count: number) => ({ id: id(1000 + n), count });
const says = (ledger: Ledger, ...groups: ReturnType<typeof group>[]) =>
  ledger.messageArrived(SLACK, { groups, text: 'HIGH A' });
const complaints = (ledger: Ledger) => {
  const found = new Complaints();
  ledger.complain(SLACK, found);
  return found.sentences;
};

describe('the account of a destination for people', () => {
  it('balances when the groups of all messages have as many alerts as rows raised', () => {
    const ledger = ledgerOf(1, 2, 3, 4, 5);
    says(ledger, group(1, 1));
    says(ledger, group(1, 4));
    says(ledger, group(2, 1));
    expect(ledger.account(SLACK)).toMatchObject({
      expected: 5,
      arrived: 5,
      missing: 0,
      unexpected: 0,
      repeats: 0,
    });
    expect(complaints(ledger)).toEqual([]);
  });

  it('takes several rules of one event for one alert, and copies of a row for several', () => {
    const ledger = ledgerOf(1, 1);
    const expected = ['A', 'B'].map((rule) => ({ destination: SLACK, rule }));
    ledger.written({ blob: BLOB, offset: 9, id: id(2), expected });
    ledger.messageArrived(SLACK, { groups: [group(1, 3)], text: 'HIGH A, also B' });
    expect(ledger.account(SLACK)).toMatchObject({ expected: 3, arrived: 3, missing: 0, unexpected: 0 });
  });

  it('takes events for one alert that say so', () => {
    const ledger = createLedger([SLACK], [SLACK]);
    for (const n of [1, 2]) {
      const expected = [{ destination: SLACK, rule: 'A', alert: 'da1' }];
      ledger.written({ blob: BLOB, offset: n, id: id(n), expected });
    }
    says(ledger, group(1, 1));
    expect(complaints(ledger)).toEqual([]);
  });

  it('misses an alert that no message counted', () => {
    const ledger = ledgerOf(1, 2, 3);
    says(ledger, group(1, 2));
    expect(ledger.account(SLACK)).toMatchObject({ arrived: 2, missing: 1, waiting: 0 });
    expect(complaints(ledger)).toEqual([`${SLACK}: LOST (1): of 3 alerts, one at ${BLOB}@0`]);
  });

  it('holds what is in the state only apart from what is lost', () => {
    const ledger = ledgerOf(1, 2, 3, 4);
    says(ledger, group(1, 1));
    ledger.groupStored(SLACK, group(1, 3));
    expect(ledger.account(SLACK)).toMatchObject({ arrived: 1, waiting: 2, missing: 3 });
    expect(complaints(ledger)).toEqual([
      `${SLACK}: LOST (1): of 4 alerts, one at ${BLOB}@0`,
      `${SLACK}: alerts of which nobody was told (2): group ${id(1001)}; ...`,
    ]);
  });

  it('accounts for a group that was refused for good, and for none of its alerts twice', () => {
    const ledger = ledgerOf(1, 2, 3);
    says(ledger, group(1, 2));
    ledger.groupDeadLettered(SLACK, group(1, 3));
    ledger.groupStored(SLACK, group(1, 3));
    expect(ledger.account(SLACK)).toMatchObject({ arrived: 2, deadLetters: 1, waiting: 0, missing: 0 });
    expect(complaints(ledger)).toEqual([]);
  });

  it('sees an alert that was counted twice, in one group or in two', () => {
    for (const groups of [[group(1, 3)], [group(1, 2), group(2, 1)]]) {
      const ledger = ledgerOf(1, 2);
      says(ledger, ...groups);
      expect(ledger.account(SLACK)).toMatchObject({ missing: 0, unexpected: 1 });
      expect(complaints(ledger)).toEqual([
        `${SLACK}: alerts that were counted and that no row explains (1): 3 for 2`,
      ]);
    }
  });

  it('counts messages that say nothing new, and complains of those that name nothing', () => {
    const ledger = ledgerOf(1, 2);
    says(ledger, group(1, 2));
    says(ledger, group(1, 2));
    says(ledger);
    ledger.messageArrived(SLACK, { groups: [], text: 'Splunk is down', operational: true });
    expect(ledger.account(SLACK)).toMatchObject({ repeats: 1, unexpected: 1, missing: 0 });
    expect(complaints(ledger)).toEqual([`${SLACK}: a message that names no alert (1): HIGH A`]);
  });

  it('does not ask for the title of a rule about an alert of Defender', () => {
    const ledger = ledgerOf(1);
    says(ledger, group(1, 2));
    ledger.written({
      blob: BLOB,
      offset: 8,
      id: id(8),
      expected: [{ destination: SLACK, rule: 'B', alert: 'da1' }],
    });
    expect(complaints(ledger)).toEqual([]);
  });

  it('complains of a rule that no message names, whichever came first', () => {
    const ledger = ledgerOf(1);
    says(ledger, group(1, 3));
    const expected = (rule: string) => [{ destination: SLACK, rule }];
    ledger.written({ blob: BLOB, offset: 8, id: id(8), expected: expected('B') });
    ledger.written({ blob: BLOB, offset: 9, id: id(9), expected: expected('A') });
    expect(complaints(ledger)).toEqual([`${SLACK}: a rule that no message names (1): B`]);
  });

  it('says how many are missing, whatever order messages and state come in', () => {
    const seen = fc.tuple(fc.nat(4), fc.integer({ min: 1, max: 20 }), fc.boolean());
    fc.assert(
      fc.property(fc.nat(60), fc.array(seen, { maxLength: 30 }), (events, sightings) => {
        const ledger = ledgerOf(...Array.from({ length: events }, (_, n) => n));
        const most = new Map<number, number>();
        for (const [n, count, isSaid] of sightings) {
          if (isSaid) says(ledger, group(n, count));
          else ledger.groupStored(SLACK, group(n, count));
          most.set(n, Math.max(most.get(n) ?? 0, count));
        }
        const all = [...most.values()].reduce((sum, count) => sum + count, 0);
        const { arrived, waiting, unexpected } = ledger.account(SLACK);
        expect(arrived + waiting).toBe(all);
        expect(unexpected).toBe(Math.max(0, all - events));
        const isLost = complaints(ledger).some((each) => each.includes('LOST'));
        expect(isLost).toBe(all < events);
      }),
    );
  });

  it('knows which destinations are for people', () => {
    const ledger = createLedger(['splunk', SLACK], [SLACK]);
    expect(() => ledger.messageArrived('splunk', { groups: [], text: '' })).toThrow(
      'no destination for people',
    );
  });
});
