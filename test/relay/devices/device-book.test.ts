import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import {
  createMemoryStateDocuments,
  damageDocument,
  type StoredDocuments,
} from '../../../lab/memory/state-documents.ts';
import { recordingMetrics } from '../../../lab/recording-metrics.ts';
import { silentLogger } from '../../../lab/silent.ts';
import type { StateDocuments } from '../../../src/checkpoints/documents.ts';
import { CheckpointError } from '../../../src/checkpoints/errors.ts';
import { DEVICES_READ_MS, DEVICES_WRITE_MS, DeviceBook } from '../../../src/relay/devices/device-book.ts';
import { compileRules } from '../../../src/rules/index.ts';
import { DEVICE_COLUMNS } from '../../../src/rules/lists/device-list.ts';
import { rowOf } from '../../../src/rules/testing/run.ts';
import type { JsonObject } from '../../../src/shared/json.ts';

const START = Date.parse('2026-11-27T00:00:00Z');
const id = (n: number) => n.toString(16).padStart(40, 'a');

function info(n: number, columns: JsonObject = {}, at = START) {
  return rowOf('DeviceInfo', { DeviceId: id(n), Timestamp: new Date(at).toISOString(), ...columns });
}

/** The storage with how often it was read and written. */
function counted(documents: StateDocuments) {
  const calls = { get: 0, put: 0 };
  const counting: StateDocuments = {
    ...documents,
    get(name, signal) {
      calls.get += 1;
      return documents.get(name, signal);
    },
    put(name, value, etag) {
      calls.put += 1;
      return documents.put(name, value, etag);
    },
  };
  return { calls, counting };
}

function setting() {
  const clock = new FakeClock(START);
  const stored: StoredDocuments = new Map();
  const { calls, counting } = counted(createMemoryStateDocuments(stored));
  const book = (isUsed = true) =>
    new DeviceBook({ clock, logger: silentLogger, metrics: recordingMetrics(), isUsed: () => isUsed });
  const found = ({ list }: DeviceBook, n: number, column = 'MachineGroup') =>
    list.find(id(n)) < 0 ? undefined : list.valueAt(0, column);
  return { clock, calls, stored, documents: counting, book, found };
}

describe('the list of devices', () => {
  it('enriches tables without those columns', () => {
    const { book } = setting();
    const devices = book();
    const { rules, diagnostics } = compileRules(
      [
        {
          path: 'DeviceLogonEvents.yaml',
          text: 'table: DeviceLogonEvents\ntransform:\n  - lookup: { list: devices, key: DeviceId, set: { group: MachineGroup, known: true } }\n',
        },
      ],
      {
        destinations: undefined,
        defaultDestinations: ['out'],
        alerts: [],
        variables: {},
        devices: devices.list,
      },
    );
    expect(diagnostics).toEqual([]);
    expect(rules?.usesDevices).toBe(true);
    devices.observe(info(1, { MachineGroup: 'Servers' }));
    devices.observe(
      rowOf('DeviceEvents', { DeviceId: id(2), MachineGroup: 'none', Timestamp: '2026-11-27T00:00:00Z' }),
    );
    const logon = (n: number) =>
      rules?.evaluate(rowOf('DeviceLogonEvents', { DeviceId: id(n).toUpperCase() }));
    expect(logon(1)).toMatchObject({ event: { group: 'Servers', known: true } });
    expect(logon(2)).toMatchObject({ event: { DeviceId: id(2).toUpperCase() } });
    expect(JSON.stringify(logon(2))).not.toContain('known');
  });

  it('refuses columns that devices do not have, and is not used where no step names it', () => {
    const files = (text: string) => [{ path: 'DeviceEvents.yaml', text }];
    const context = { destinations: undefined, defaultDestinations: [], alerts: [], variables: {} };
    const { diagnostics } = compileRules(
      files(
        'table: DeviceEvents\ntransform:\n  - lookup: { list: devices, key: DeviceId, set: { a: MachineGrop } }\n',
      ),
      context,
    );
    expect(diagnostics[0]?.hint).toContain('did you mean "MachineGroup"?');
    expect(compileRules(files('table: DeviceEvents\n'), context).rules?.usesDevices).toBe(false);
  });

  it('keeps the newest row, whatever the order, and rows of wrong clocks do not keep later ones out', () => {
    const { book, clock, found } = setting();
    const devices = book();
    devices.observe(info(1, { MachineGroup: 'new' }, START - 1_000));
    devices.observe(info(1, { MachineGroup: 'old' }, START - 9_000));
    expect(found(devices, 1)).toBe('new');
    devices.observe(info(1, { MachineGroup: 'future' }, START + 1e10));
    clock.advance(1_000);
    devices.observe(info(1, { MachineGroup: 'now' }, START + 500));
    expect(found(devices, 1)).toBe('now');
  });

  it('keeps nothing that is no device, and no value that is too large', () => {
    const { book, found } = setting();
    const devices = book();
    for (const DeviceId of ['__proto__', '', 'x', 7, null, 'a'.repeat(200), 'a b c d e f']) {
      devices.observe(rowOf('DeviceInfo', { DeviceId, Timestamp: '2026-11-27T00:00:00Z' }));
    }
    devices.observe(rowOf('DeviceInfo', { DeviceId: id(1), Timestamp: 'yesterday' }));
    expect(devices.list.size).toBe(0);
    devices.observe(
      info(1, { DeviceName: 'x'.repeat(5_000), MachineGroup: '', DeviceManualTags: ['vip', 'dmz'] }),
    );
    expect(found(devices, 1, 'DeviceName')).toBeUndefined();
    expect(found(devices, 1, 'MachineGroup')).toBeUndefined();
    expect(found(devices, 1, 'DeviceManualTags')).toBe('["vip","dmz"]');
  });
});

describe('the documents of devices', () => {
  it('are shared by consumers, and found again after a restart', async () => {
    const { book, clock, documents, found } = setting();
    const [first, second] = [book(), book()];
    await Promise.all([first.pass(documents), second.pass(documents)]);
    for (let n = 0; n < 100; n++) (n % 2 === 0 ? first : second).observe(info(n, { MachineGroup: `g${n}` }));
    clock.advance(DEVICES_WRITE_MS);
    await Promise.all([first.pass(documents), second.pass(documents)]);
    const third = book();
    await third.pass(documents);
    expect(Array.from({ length: 100 }, (_, n) => found(third, n))).toEqual(
      Array.from({ length: 100 }, (_, n) => `g${n}`),
    );
    clock.advance(DEVICES_READ_MS);
    await first.pass(documents);
    expect(found(first, 1)).toBe('g1');
  });

  it('cost nothing while nothing looks devices up, and little while devices stay as they are', async () => {
    const { book, clock, calls, documents } = setting();
    const unused = book(false);
    unused.observe(info(1));
    await unused.pass(documents);
    expect(unused.list.size).toBe(0);
    expect(calls).toEqual({ get: 0, put: 0 });
    const used = book();
    await used.pass(documents);
    for (let minute = 0; minute < 60; minute++) {
      for (let n = 0; n < 200; n++) used.observe(info(n, { MachineGroup: 'same' }, START + minute * 60_000));
      clock.advance(60_000);
      await used.pass(documents);
    }
    // The first write of all 16, and looks at what others wrote: 16 each quarter of an hour.
    expect(calls.put).toBe(16);
    expect(calls.get).toBeLessThanOrEqual(16 * 5 + 16);
  });

  it('that are out of reach, damaged or of another version hold back nothing', async () => {
    const { book, clock, documents, found } = setting();
    await documents.put(
      'devices/3',
      { v: 1, columns: ['Other'], devices: { [id(7)]: [1, ['x']] } },
      undefined,
    );
    await documents.put('devices/4', { v: 9 }, undefined);
    const devices = book();
    const down: StateDocuments = {
      ...documents,
      get: () => Promise.reject(new CheckpointError('storage_unavailable', 'down')),
    };
    await devices.pass(down);
    for (let n = 0; n < 50; n++) devices.observe(info(n, { MachineGroup: 'g' }));
    clock.advance(DEVICES_READ_MS);
    await devices.pass(documents);
    clock.advance(DEVICES_WRITE_MS);
    await devices.pass(documents);
    const again = book();
    await again.pass(documents);
    expect(again.list.size).toBe(50);
    expect(found(again, 7)).toBe('g');
  });

  it('are written again after a write that failed', async () => {
    const { book, clock, documents } = setting();
    const devices = book();
    await devices.pass(documents);
    devices.observe(info(1, { MachineGroup: 'g' }));
    clock.advance(DEVICES_WRITE_MS);
    await devices.pass({
      ...documents,
      put: () => Promise.reject(new CheckpointError('storage_unavailable', 'down')),
    });
    clock.advance(DEVICES_WRITE_MS);
    await devices.pass(documents);
    const again = book();
    await again.pass(documents);
    expect(again.list.size).toBe(1);
  });

  it('are no longer than a document may be, in any script', async () => {
    const { book, clock, documents } = setting();
    const devices = book();
    await devices.pass(documents);
    const columns = Object.fromEntries(DEVICE_COLUMNS.map((column) => [column, '部'.repeat(1_000)]));
    for (let n = 0; n < 700; n++) devices.observe(info(n, columns));
    clock.advance(DEVICES_WRITE_MS);
    await devices.pass(documents);
    const again = book();
    await again.pass(documents);
    expect(again.list.size).toBeGreaterThan(300);
  });

  it('of which some are damaged hold back none of the others', async () => {
    const { book, clock, documents, stored } = setting();
    for (const shard of [0, 1, 2, 3]) damageDocument(stored, `devices/${shard}`, 'no JSON');
    const devices = book();
    await devices.pass(documents);
    for (let n = 0; n < 200; n++) devices.observe(info(n, { MachineGroup: 'g' }));
    clock.advance(DEVICES_WRITE_MS);
    await devices.pass(documents);
    const again = book();
    await again.pass(documents);
    expect(again.list.size).toBeGreaterThan(100);
  });
});
