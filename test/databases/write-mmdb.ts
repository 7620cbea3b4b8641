/** Writes small MaxMind databases for tests: by the specification, and with nothing of the reader's code. */
import { parseNetwork } from '../../src/shared/network.ts';

type Value =
  | string
  | number
  | boolean
  | bigint
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value };

export interface WrittenDatabase {
  /** Network -> its record. Of networks in one another, the narrower one is to come later. */
  readonly networks: Readonly<Record<string, Value>>;
  readonly recordSize?: 24 | 28 | 32;
  readonly ipVersion?: 4 | 6;
  readonly type?: string;
  /** Seconds since the epoch. */
  readonly built?: number;
}

type Node = [Node | number | undefined, Node | number | undefined];

/** Makes the bytes of a database. */
export function mmdb(database: WrittenDatabase): Buffer {
  const { networks, recordSize = 28, ipVersion = 6, type = 'Test', built = 1_780_000_000 } = database;
  const root: Node = [undefined, undefined];
  const data: Buffer[] = [];
  let length = 0;
  for (const [network, record] of Object.entries(networks)) {
    const bytes = encoded(record);
    insert(root, bitsOf(network, ipVersion), length);
    data.push(bytes);
    length += bytes.length;
  }
  const nodes: Node[] = [];
  const number = (node: Node) => {
    nodes.push(node);
    for (const side of node) if (Array.isArray(side)) number(side);
  };
  number(root);
  const at = new Map(nodes.map((node, index) => [node, index]));
  const recordOf = (side: Node | number | undefined) => {
    if (side === undefined) return nodes.length;
    return typeof side === 'number' ? nodes.length + 16 + side : (at.get(side) ?? 0);
  };
  const tree = nodes.map(([left, right]) => packed(recordOf(left), recordOf(right), recordSize));
  const metadata = encoded({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: BigInt(built),
    database_type: type,
    description: { en: type },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: recordSize,
  });
  const marker = Buffer.concat([Buffer.from([0xab, 0xcd, 0xef]), Buffer.from('MaxMind.com')]);
  return Buffer.concat([...tree, Buffer.alloc(16), ...data, marker, metadata]);
}

/** Puts a record under a prefix; what lies there already moves down beside it. */
function insert(root: Node, bits: readonly number[], record: number): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const side = node[bit as 0 | 1];
    const next: Node = Array.isArray(side) ? side : [side, side];
    node[bit as 0 | 1] = next;
    node = next;
  }
  node[(bits.at(-1) ?? 0) as 0 | 1] = record;
}

function bitsOf(network: string, ipVersion: 4 | 6): readonly number[] {
  const parsed = parseNetwork(network);
  if (!parsed) throw new Error(network);
  const [address, length] = parsed;
  const bits = address.toByteArray().flatMap((byte) => [...byte.toString(2).padStart(8, '0')].map(Number));
  const prefix = bits.slice(0, length);
  return ipVersion === 6 && address.kind() === 'ipv4' ? [...Array<number>(96).fill(0), ...prefix] : prefix;
}

function packed(left: number, right: number, recordSize: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(recordSize / 4);
  if (recordSize === 28) {
    bytes.writeUIntBE(left & 0xffffff, 0, 3);
    bytes[3] = ((left >>> 24) << 4) | (right >>> 24);
    bytes.writeUIntBE(right & 0xffffff, 4, 3);
  } else {
    bytes.writeUIntBE(left, 0, recordSize / 8);
    bytes.writeUIntBE(right, recordSize / 8, recordSize / 8);
  }
  return bytes;
}

function encoded(value: Value): Buffer {
  if (typeof value === 'string') return withControl(2, Buffer.from(value));
  if (typeof value === 'boolean') return Buffer.from([value ? 1 : 0, 7]);
  if (typeof value === 'bigint') return withControl(9, bigEndian(value));
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0)
    return withControl(6, bigEndian(BigInt(value)));
  if (typeof value === 'number') {
    const double = Buffer.alloc(8);
    double.writeDoubleBE(value);
    return withControl(3, double);
  }
  if (value instanceof Uint8Array) return withControl(4, Buffer.from(value));
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encoded)]);
  const entries = Object.entries(value);
  return Buffer.concat([control(7, entries.length), ...entries.flat().map((one) => encoded(one as Value))]);
}

function withControl(type: number, payload: Buffer): Buffer {
  return Buffer.concat([control(type, payload.length), payload]);
}

function control(type: number, size: number): Buffer {
  const first = size < 29 ? size : 29;
  const head = type <= 7 ? [(type << 5) | first] : [first, type - 7];
  return Buffer.from(size < 29 ? head : [...head, size - 29]);
}

function bigEndian(value: bigint): Buffer {
  const hex = value === 0n ? '' : value.toString(16);
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
}
