/** Reads MaxMind databases: checks a file when it is opened, and finds the record of an address in it. */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { Reader } from 'mmdb-lib';
import type { AddressDatabase, DatabaseFile } from '../rules/lists/database.ts';
import { messageOf } from '../shared/errors.ts';
import type { JsonObject } from '../shared/json.ts';
import { readAddress } from '../shared/read-address.ts';
import { checkValue } from './record-size.ts';
import { pathsIn, recordOf } from './records.ts';
import { checkTree } from './tree.ts';

/** Makes the {@link DatabaseFile} of the bytes of an `.mmdb` file. The bytes must not change any more. */
export function databaseFile(bytes: Uint8Array): DatabaseFile {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let opened: AddressDatabase | undefined;
  return {
    bytes,
    sha256: createHash('sha256').update(buffer).digest('hex'),
    open() {
      opened ??= openDatabase(buffer);
      return opened;
    },
  };
}

/** By the specification (MaxMind DB file format, version 2.0), the metadata follow this, within the last 128 KiB of the file. */
const METADATA_MARKER = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');
const METADATA_BYTES = 128 * 1024;
/** The upper bits of the byte with which a mapping begins. */
const MAP_CONTROL = 0xe0;
/** The version of the format that is read. */
const FORMAT_VERSION = 2;
/** How many records are read when a database is opened: a file that was damaged in transfer shows itself in them. */
const RECORDS_CHECKED = 1_000;
/** How many parts of records stay in memory: the records of the addresses that occur again and again. */
const CACHED = 8_192;
/** The bytes between the search tree and the data, from which references count. */
const SEPARATOR = 16;

function openDatabase(file: Buffer): AddressDatabase {
  const marker = file.lastIndexOf(METADATA_MARKER);
  if (marker < 0 || file.length - marker > METADATA_BYTES) {
    throw new Error('it is no MaxMind database, or its end is missing');
  }
  const cache = new BoundedCache(file);
  const reader = readerOf(file, marker + METADATA_MARKER.length, cache);
  cache.base = reader.metadata.searchTreeSize + SEPARATOR;
  const { binaryFormatMajorVersion: version, ipVersion, buildEpoch, databaseType } = reader.metadata;
  if (version !== FORMAT_VERSION)
    throw new Error(`its format has the version ${version}, and only ${FORMAT_VERSION} is read`);
  const { networks, samples } = checkTree(file, { ...reader.metadata, end: marker }, RECORDS_CHECKED);
  const find = finder(reader, cache, ipVersion);
  const paths = new Set<string>();
  for (const address of samples) {
    try {
      const record = recordOf(find(address));
      if (record) pathsIn(record, paths);
    } catch (thrown) {
      throw new Error(`it is damaged: the record of ${address} cannot be read: ${messageOf(thrown)}`, {
        cause: thrown,
      });
    }
  }
  const records = new WeakMap<object, JsonObject>();
  return {
    type: typeof databaseType === 'string' ? databaseType : '',
    built: timeOf(buildEpoch),
    networks,
    paths: [...paths].sort(),
    find(address) {
      try {
        const found = find(address);
        if (typeof found !== 'object' || found === null) return undefined;
        const known = records.get(found) ?? recordOf(found);
        if (known) records.set(found, known);
        return known;
      } catch {
        // One damaged record among many: no row may fail because of it.
        return undefined;
      }
    },
  };
}

/** A time beyond what a date can hold counts as the beginning of time: the database is too old rather than of no age. */
function timeOf(date: Date): number {
  const time = date.getTime();
  return Number.isNaN(time) ? 0 : time;
}

function readerOf(file: Buffer, metadata: number, cache: BoundedCache): Reader<never> {
  try {
    // The decoder looks for the metadata itself: behind another first byte, it may find other ones than those that were measured.
    if (((file[metadata] ?? 0) & 0xe0) !== MAP_CONTROL) throw new Error('its metadata are no mapping');
    checkValue(file, { at: metadata, base: metadata });
    return new Reader<never>(file, { cache });
  } catch (thrown) {
    throw new Error(`it is damaged: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** Finds what the file has for an address, in the reader's own form. Throws for damaged records. */
function finder(reader: Reader<never>, cache: BoundedCache, ipVersion: number): (address: string) => unknown {
  return (address) => {
    const { v4, v6 } = readAddress(address);
    cache.begin();
    if (v4 !== undefined) return reader.get(dotted(v4));
    if (ipVersion === 4 || v6.length === 0) return undefined;
    return reader.get(v6.map((part) => part.toString(16)).join(':'));
  };
}

function dotted(v4: number): string {
  return `${v4 >>> 24}.${(v4 >>> 16) & 255}.${(v4 >>> 8) & 255}.${v4 & 255}`;
}

/** What the reader has decoded, by its place in the file. Measures each record before the reader decodes it. */
class BoundedCache {
  /** The offset in the file from which references count. */
  base = 0;
  readonly #file: Buffer;
  readonly #decoded = new Map<unknown, unknown>();
  #isRecord = false;

  constructor(file: Buffer) {
    this.#file = file;
  }

  /** A lookup begins: the next place is that of its record, and the others are within it. */
  begin(): void {
    this.#isRecord = true;
  }

  get(place: number | string): unknown {
    const known = this.#decoded.get(place);
    if (known === undefined && this.#isRecord) checkValue(this.#file, { at: Number(place), base: this.base });
    this.#isRecord = false;
    return known;
  }

  set(place: unknown, decoded: unknown): void {
    if (this.#decoded.size >= CACHED) this.#decoded.clear();
    this.#decoded.set(place, decoded);
  }
}
