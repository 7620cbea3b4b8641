/** Makes a PNG of a page of text smaller: with a palette of its colours, each channel in 16 steps. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const MOST_COLOURS = 256;

/** A PNG with a palette. The given one must have 8 bits a channel, RGB or RGBA, and no interlacing, as Chromium writes it. */
export function withPalette(png: Buffer): Buffer {
  const { width, height, channels, data } = decoded(png);
  const colours = new Map<number, number>();
  const lines = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * channels;
      const colour = (step(data[at]) << 8) | (step(data[at + 1]) << 4) | step(data[at + 2]);
      const index = colours.get(colour) ?? colours.size;
      colours.set(colour, index);
      // The first byte of a line says that it is not filtered.
      lines[y * (width + 1) + 1 + x] = index;
    }
  }
  if (colours.size > MOST_COLOURS) throw new Error(`${colours.size} colours are too many for a palette`);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const palette = [...colours.keys()].flatMap((colour) =>
    [8, 4, 0].map((shift) => ((colour >> shift) & 15) * 17),
  );
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette)),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function step(value = 0): number {
  return Math.round(value / 17);
}

interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

function decoded(png: Buffer): Decoded {
  const parts: Buffer[] = [];
  for (let at = SIGNATURE.length; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) !== 'IDAT') continue;
    parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const [width, height, kind] = [png.readUInt32BE(16), png.readUInt32BE(20), png[25]];
  if (png[24] !== 8 || (kind !== 2 && kind !== 6)) throw new Error('not 8 bits of RGB or RGBA');
  const channels = kind === 6 ? 4 : 3;
  return {
    width,
    height,
    channels,
    data: unfiltered(inflateSync(Buffer.concat(parts)), width * channels, channels),
  };
}

/** Undoes the filter of each line (PNG specification, "Filter types for filter method 0"). */
function unfiltered(raw: Buffer, length: number, channels: number): Uint8Array {
  const height = raw.length / (length + 1);
  const out = new Uint8Array(height * length);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (length + 1)];
    for (let x = 0; x < length; x++) {
      const at = y * length + x;
      const left = x < channels ? 0 : (out[at - channels] ?? 0);
      const up = y === 0 ? 0 : (out[at - length] ?? 0);
      const corner = y === 0 || x < channels ? 0 : (out[at - length - channels] ?? 0);
      const guesses = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
      out[at] = (raw[y * (length + 1) + 1 + x] ?? 0) + (guesses[filter ?? 0] ?? 0);
    }
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(guess - value)) as [number, number, number];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
