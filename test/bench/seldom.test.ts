import { describe, expect, it } from 'vitest';
import { isSettled, quietHour, untilNoneCloses } from '../../bench/seldom.ts';
import type { CountedOperation } from '../../lab/counting-proxy.ts';
import { blobOperation } from '../../lab/storage-operations.ts';

const TABLE = 'insights-logs-advancedhunting-table0';
const STATE = 'xdr-relay-state';

function asked(method: string, path: string): CountedOperation {
  const url = `/account/${path}`;
  return { ...blobOperation({ method, url, headers: {} }), method, url, status: 200 };
}

const LOOK = asked('HEAD', `${TABLE}/tenantId=1/PT1H.json`);
const BEAT = asked('PUT', `${STATE}/documents/followers/1.json`);
const SWEEP = [
  asked('GET', `${TABLE}?restype=container&comp=list&prefix=tenantId%3D1%2Fy%3D2026`),
  asked('HEAD', `${STATE}/checkpoints/${TABLE}/tenantId=1/PT1H.json`),
  asked('PUT', `${STATE}/documents/sweeps.json`),
];
const TENANTS = asked('GET', `${TABLE}?restype=container&comp=list&delimiter=%2F`);
const WATCH = [
  asked('GET', `${TABLE}?restype=container&comp=list`),
  asked('GET', `${STATE}?restype=container&comp=list&prefix=checkpoints%2F${TABLE}%2F`),
  asked('PUT', `${STATE}/documents/watch.json`),
];

describe('what a quiet hour has', () => {
  it('counts what comes all the time as it came, and the rest by how often it comes', () => {
    const minutes = 10;
    const hour = quietHour(
      [LOOK, ...SWEEP, TENANTS, ...WATCH],
      [LOOK, LOOK, BEAT, ...SWEEP],
      minutes * 60_000,
    );
    expect(hour.looks).toBeCloseTo(12);
    expect(hour.seldom).toBeCloseTo(7 * 3 + 3 * (4 / 24) + 1 / 24);
    expect(hour.total).toBeCloseTo(18 + hour.seldom);
    expect(hour.counts.list).toBeCloseTo(7 + 2 * (4 / 24) + 1 / 24);
    expect(hour.names.PutBlob).toBeCloseTo(6 + 7 + 4 / 24);
  });

  it('begins when the first pass of the watch and the first sweep are over', () => {
    expect(isSettled(SWEEP, 1)).toBe(false);
    expect(isSettled(WATCH, 1)).toBe(false);
    expect(isSettled([...WATCH, ...SWEEP], 2)).toBe(false);
    expect(isSettled([...WATCH, ...SWEEP], 1)).toBe(true);
  });

  it('has no blob that is closed a quarter of an hour after its hour', () => {
    const at = (minute: number) => Date.UTC(2026, 10, 28, 11, minute);
    expect([0, 20, 50].map((minute) => untilNoneCloses(at(minute)))).toEqual([0, 0, 0]);
    expect(untilNoneCloses(at(51))).toBe(9 * 60_000);
    expect(untilNoneCloses(at(59))).toBe(60_000);
  });
});
