/** Adds up the own time of functions by what they belong to. */
import type { Frame } from './profile.ts';

/** What a function belongs to, by its name and its file; the first that fits. */
const PARTS: readonly (readonly [string, (frame: Frame) => boolean])[] = [
  ['garbage collector', ({ name }) => name === '(garbage collector)'],
  ['compression', ({ name, file }) => file === 'node:zlib' || /^(?:deflate|write(?:Sync)?)$/.test(name)],
  [
    'scanner (WebAssembly)',
    ({ name, file }) => name.startsWith('wasm-') || file.startsWith('src/blobs/rows/scanner/'),
  ],
  [
    'event ids',
    ({ name, file }) => file.includes('crypto') || file === 'src/shared/event-id.ts' || name === 'hash',
  ],
  [
    'rows: columns, splicing',
    ({ file }) => file.startsWith('src/blobs/rows/') || file.startsWith('src/shared/'),
  ],
  ['rules and transforms', ({ file }) => file.startsWith('src/rules/')],
  ['encoding', ({ file }) => file.startsWith('src/destinations/')],
  ['batches and lanes', ({ file }) => file.startsWith('src/delivery/')],
  ['visits, rows into lanes', ({ file }) => file.startsWith('src/relay/')],
  ['V8, and native code of Node', ({ file }) => file === ''],
  ['Azure SDK', ({ file }) => /^(?:src\/azure\/|src\/blobs\/|node_modules\/@(?:azure|typespec))/.test(file)],
  ['undici', ({ file }) => file.startsWith('node_modules/undici')],
  [
    'loading modules',
    ({ name, file }) => /node:internal\/modules|esm\/|cjs\/loader|realm/.test(file) || /^compile/.test(name),
  ],
  ['Node: HTTP, streams, buffers', ({ file }) => file.startsWith('node:')],
  ['other packages', ({ file }) => file.startsWith('node_modules/')],
];

export interface Share {
  readonly part: string;
  /** 0 to 1. */
  readonly share: number;
}

/** The largest first. */
export function sharesOf(root: Frame): readonly Share[] {
  const times = new Map<string, number>();
  const add = (frame: Frame) => {
    const own = frame.children.reduce((left, { total }) => left - total, frame.total);
    const part = PARTS.find(([, fits]) => fits(frame))?.[0] ?? 'other';
    times.set(part, (times.get(part) ?? 0) + own);
    for (const child of frame.children) add(child);
  };
  add(root);
  return [...times]
    .filter(([, time]) => time > 0)
    .map(([part, time]) => ({ part, share: time / root.total }))
    .toSorted((a, b) => b.share - a.share);
}
