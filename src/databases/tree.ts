/** Checks the search tree of a MaxMind database: whether each of its records leads to a place in the file, and which networks it has. */
import type { Buffer } from 'node:buffer';

/** Where the tree lies in the file, by the metadata. */
export interface Tree {
  readonly nodeCount: number;
  /** Bits: 24, 28 or 32. */
  readonly recordSize: number;
  /** Bytes. */
  readonly nodeByteSize: number;
  readonly searchTreeSize: number;
  readonly ipVersion: number;
  /** Where the data end: the offset of the metadata. */
  readonly end: number;
}

export interface CheckedTree {
  /** How many networks have a record. */
  readonly networks: number;
  /** Addresses of some of them, spread over the tree. */
  readonly samples: readonly string[];
}

/** The bytes between tree and data. */
const SEPARATOR = 16;

/** Reads each node of a tree once. Throws an Error that says what is wrong with it. @param most how many samples are taken. */
export function checkTree(file: Buffer, tree: Tree, most: number): CheckedTree {
  const { nodeCount, searchTreeSize, ipVersion, end } = tree;
  const isRight = Number.isSafeInteger(nodeCount) && nodeCount > 0 && (ipVersion === 4 || ipVersion === 6);
  if (!isRight) throw new Error('it is damaged: its metadata make no sense');
  const dataBytes = end - searchTreeSize - SEPARATOR;
  if (dataBytes < 0) throw new Error('it is damaged: its beginning or its middle is missing');
  let networks = 0;
  for (let node = 0; node < nodeCount; node++) {
    for (const side of SIDES) {
      const record = recordAt(file, tree, node, side);
      if (record <= nodeCount) continue;
      if (record - nodeCount < SEPARATOR || record - nodeCount - SEPARATOR >= dataBytes) {
        throw new Error(`it is damaged: its tree leads out of the file at node ${node}`);
      }
      networks += 1;
    }
  }
  return { networks, samples: samplesOf(file, tree, most) };
}

const SIDES = [0, 1] as const;

function recordAt(file: Buffer, { recordSize, nodeByteSize }: Tree, node: number, side: 0 | 1): number {
  const at = node * nodeByteSize;
  switch (recordSize) {
    case 24:
      return threeBytes(file, at + 3 * side);
    case 28: {
      const middle = file[at + 3] ?? 0;
      return side === 0
        ? (middle >>> 4) * 0x1000000 + threeBytes(file, at)
        : (middle & 15) * 0x1000000 + threeBytes(file, at + 4);
    }
    default:
      return file.readUInt32BE(at + 4 * side);
  }
}

function threeBytes(file: Buffer, at: number): number {
  return ((file[at] ?? 0) << 16) | ((file[at + 1] ?? 0) << 8) | (file[at + 2] ?? 0);
}

/** Addresses that have a record: walks down from the root, to a side by chance, but not to one where nothing is. The same ones at each call. */
function samplesOf(file: Buffer, tree: Tree, most: number): readonly string[] {
  const { nodeCount, ipVersion } = tree;
  const length = ipVersion === 4 ? 32 : 128;
  const chance = dice();
  const samples = new Set<string>();
  for (let sample = 0; sample < most; sample++) {
    const bits: number[] = [];
    // Half of them where an IPv6 tree has the IPv4 addresses: in its first 96 bits nothing but zeros.
    const zeros = length === 128 && sample % 2 === 0 ? 96 : 0;
    let node = 0;
    while (node < nodeCount && bits.length < length) {
      const wanted = bits.length < zeros || chance() === 0 ? 0 : 1;
      const side = recordAt(file, tree, node, wanted) === nodeCount ? (wanted === 0 ? 1 : 0) : wanted;
      bits.push(side);
      node = recordAt(file, tree, node, side);
    }
    if (node > nodeCount) samples.add(addressOf(bits, length));
  }
  return [...samples];
}

/** Zeros and ones, the same ones each time: a database is found damaged everywhere or nowhere. */
function dice(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 31;
  };
}

function addressOf(bits: readonly number[], length: number): string {
  const word = (from: number, width: number) => {
    let value = 0;
    for (let at = from; at < from + width; at++) value = value * 2 + (bits[at] ?? 0);
    return value;
  };
  if (length === 32) return [0, 8, 16, 24].map((from) => word(from, 8)).join('.');
  return Array.from({ length: 8 }, (_, part) => word(part * 16, 16).toString(16)).join(':');
}
