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
  const palette = [...colours.keys()].map(
    (colour) => (((colour >> 8) * 17) << 16) | ((((colour >> 4) & 15) * 17) << 8) | ((colour & 15) * 17),
  );
  return asPng(width, height, palette, lines);
}

function step(value = 0): number {
  return Math.round(value / 17);
}

/** As {@link withPalette}, but with the picture's most frequent colours as they are, and the nearest of them for all others. */
export function withFrequentColours(png: Buffer): Buffer {
  const { width, height, channels, data } = decoded(png);
  const colourAt = (at: number) => ((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0);
  const counts = new Map<number, number>();
  for (let at = 0; at < data.length; at += channels) {
    const colour = colourAt(at);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, FREQUENT)
    .map(([colour]) => colour);
  const indexes = new Map(palette.map((colour, index) => [colour, index]));
  const lines = Buffer.alloc(height * (width + 1));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = colourAt((y * width + x) * channels);
      const index = indexes.get(colour) ?? nearest(palette, colour);
      indexes.set(colour, index);
      lines[y * (width + 1) + 1 + x] = index;
    }
  }
  return asPng(width, height, palette, lines);
}

/** How many colours a picture of many keeps: enough for the edges of letters. */
const FREQUENT = 160;

function nearest(palette: readonly number[], colour: number): number {
  const far = palette.map((other) =>
    [16, 8, 0].reduce((sum, shift) => sum + (((colour >> shift) & 255) - ((other >> shift) & 255)) ** 2, 0),
  );
  return far.indexOf(Math.min(...far));
}

/** @param palette colours of 24 bits. @param lines each begins with the number of its filter, and has an index for each pixel. */
function asPng(width: number, height: number, palette: readonly number[], lines: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colours = palette.flatMap((colour) => [16, 8, 0].map((shift) => (colour >> shift) & 255));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(colours)),
    chunk('IDAT', deflateSync(lines, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
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
