/** The list of devices, filled from DeviceInfo while the relay runs: bounded in entries and bytes, the newest row of a device counts. */
import { ExactNumber } from '../../shared/exact-number.ts';
import { instantMs, parseInstant } from '../../shared/instant.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { DEVICES, type List } from './list.ts';

/** The table whose rows fill the list. */
export const DEVICE_TABLE = 'DeviceInfo';

/** The columns of a device, all of them from DeviceInfo. */
export const DEVICE_COLUMNS = [
  'DeviceName',
  'MachineGroup',
  'OSPlatform',
  'OSVersion',
  'DeviceType',
  'DeviceCategory',
  'PublicIP',
  'AadDeviceId',
  'RegistryDeviceTag',
  'DeviceManualTags',
  'DeviceDynamicTags',
  'AssetValue',
  'ExposureLevel',
] as const;

/** A device as it is stored: when its row was written (ms since the epoch), and its values in the order of {@link DEVICE_COLUMNS}. */
export interface Device {
  readonly at: number;
  readonly values: readonly DeviceValue[];
}

export type DeviceValue = string | number | boolean | null;

export interface DeviceBounds {
  readonly entries: number;
  /** Of all devices together, in UTF-16 units of their JSON. */
  readonly bytes: number;
}

const BOUNDS: DeviceBounds = { entries: 50_000, bytes: 10 * 1024 * 1024 };
/** A value that is longer is no machine group and no tag. UTF-16 units. */
const LONGEST_VALUE = 1_024;
/** The ids of devices: 40 hexadecimal digits today. */
const ID = /^[\da-z-]{8,128}$/;
const LONGEST_ID = 128;
/** The time of a device that has not changed is renewed only so often, so that writing it costs little. Milliseconds. */
const RENEW_MS = 24 * 3_600_000;

interface Held extends Device {
  readonly bytes: number;
}

/** The devices of this process. It is a {@link List}, so that the step `lookup` reads it as any other. */
export class DeviceList implements List {
  readonly name = DEVICES;
  readonly type = 'text';
  readonly columns: readonly string[] = DEVICE_COLUMNS;
  readonly #bounds: DeviceBounds;
  /** By id in lower case, in the order in which they were seen last. */
  readonly #devices = new Map<string, Held>();
  #bytes = 0;
  /** The device that was found last: a position is only a promise until the next search. */
  #found: Held | undefined;

  constructor(bounds: DeviceBounds = BOUNDS) {
    this.#bounds = bounds;
  }

  get size(): number {
    return this.#devices.size;
  }

  /** The length of all devices as JSON, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** 0 if the list has the device, which {@link valueAt} then reads; -1 otherwise. */
  find(text: string): number {
    this.#found = text.length > LONGEST_ID ? undefined : this.#devices.get(text.toLowerCase());
    return this.#found === undefined ? -1 : 0;
  }

  valueAt(_entry: number, column: string): JsonValue | undefined {
    const value = this.#found?.values[(DEVICE_COLUMNS as readonly string[]).indexOf(column)];
    return value === null ? undefined : value;
  }

  keys(): Iterable<string> {
    return [];
  }

  clear(): void {
    this.#devices.clear();
    this.#bytes = 0;
  }

  devices(): Iterable<readonly [string, Device]> {
    return this.#devices;
  }

  /**
   * Takes a row of DeviceInfo. Returns the id of the device if the list has changed by it.
   *
   * @param now the latest time that a row can have, ms since the epoch: a wrong clock must not keep later rows out.
   */
  observe(row: JsonObject, now: number): string | undefined {
    const id = textAt(row, 'DeviceId')?.toLowerCase();
    const written = parseInstant(textAt(row, 'Timestamp') ?? '');
    if (id === undefined || !ID.test(id) || !written) return undefined;
    const values = DEVICE_COLUMNS.map((column) =>
      keptValue(Object.hasOwn(row, column) ? row[column] : undefined),
    );
    const at = Math.min(now, Math.floor(instantMs(written)));
    return this.take(id, { at, values }) ? id : undefined;
  }

  /** Takes a device. Returns whether the list has changed by it: not by an older one, nor by an equal one of the same day. */
  take(id: string, device: Device): boolean {
    const known = this.#devices.get(id);
    if (known && known.at >= device.at) return false;
    const text = JSON.stringify(device.values);
    if (known && device.at - known.at < RENEW_MS && JSON.stringify(known.values) === text) return false;
    if (known) this.#remove(id, known);
    const held = { ...device, bytes: id.length + text.length };
    this.#devices.set(id, held);
    this.#bytes += held.bytes;
    this.#shrink();
    return this.#devices.has(id);
  }

  /** Forgets the devices that were seen longest ago. */
  #shrink(): void {
    for (const [id, held] of this.#devices) {
      if (this.#devices.size <= this.#bounds.entries && this.#bytes <= this.#bounds.bytes) return;
      this.#remove(id, held);
    }
  }

  #remove(id: string, held: Held): void {
    this.#devices.delete(id);
    this.#bytes -= held.bytes;
  }
}

function textAt(row: JsonObject, column: string): string | undefined {
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  return typeof value === 'string' ? value : undefined;
}

/** A value that is small enough to keep, lists as JSON; null for others. */
function keptValue(value: JsonValue | undefined): DeviceValue {
  if (value === undefined || value === '' || value === null) return null;
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  const text =
    typeof value === 'string' || value instanceof ExactNumber ? String(value) : JSON.stringify(value);
  return text.length > LONGEST_VALUE ? null : text;
}
