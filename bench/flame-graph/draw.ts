/** Lays a tree of functions out as boxes, and writes them as SVG. */
import type { Frame } from './profile.ts';

export interface DrawOptions {
  readonly title: string;
  /** Pixels. */
  readonly width?: number;
}

interface Box {
  readonly frame: Frame;
  readonly x: number;
  readonly width: number;
  readonly depth: number;
}

const ROW = 16;
const HEAD = 30;
const CHARACTER = 6.4;
/** Narrower boxes are left out. Pixels. */
const NARROWEST = 0.7;
/** Deeper calls are left out. */
const DEEPEST = 40;

/** What a function belongs to, by its file; the first that fits. */
const COLOURS: readonly (readonly [RegExp, string, string])[] = [
  [/^$/, '#b8bcc4', 'V8 itself'],
  [/^node:/, '#8fb4d9', 'Node'],
  [/^node_modules\//, '#c9a6d8', 'packages'],
  [/^src\/rules\//, '#e8a15c', 'rules'],
  [/^src\/blobs\//, '#d9cf63', 'blobs and rows'],
  [/^src\/(?:destinations|delivery)\//, '#8ccf84', 'destinations and delivery'],
  [/^src\/relay\//, '#e38b86', 'relay'],
  [/./, '#d8d2c4', 'other'],
];

/** The graph: the root stands at the bottom. Names are escaped: nothing of a profile becomes markup. */
export function drawFlameGraph(root: Frame, { title, width = 1_200 }: DrawOptions): string {
  const boxes = layOut(root, width);
  const deepest = boxes.reduce((most, { depth }) => Math.max(most, depth), 0);
  const height = HEAD + (deepest + 1) * ROW + ROW + 8;
  const base = height - ROW - 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="monospace" font-size="11">
<title>${escapeXml(title)}</title>
<style>rect{stroke:#fff;stroke-width:.5}text{pointer-events:none}</style>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="8" y="20" font-size="15">${escapeXml(title)}: ${(root.total / 1e6).toFixed(1)} s</text>
${boxes.map((box) => boxText(box, base, root.total)).join('\n')}
${legendText(height - 8)}
</svg>
`;
}

function layOut(root: Frame, width: number): readonly Box[] {
  const boxes: Box[] = [];
  const scale = root.total > 0 ? width / root.total : 0;
  const place = (frame: Frame, x: number, depth: number) => {
    boxes.push({ frame, x, width: frame.total * scale, depth });
    let at = x;
    for (const child of frame.children) {
      const childWidth = child.total * scale;
      if (childWidth >= NARROWEST && depth < DEEPEST) place(child, at, depth + 1);
      at += childWidth;
    }
  };
  place(root, 0, 0);
  return boxes;
}

function boxText({ frame, x, width, depth }: Box, base: number, all: number): string {
  const y = base - (depth + 1) * ROW;
  const place = `x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW}"`;
  const share = `${((frame.total / all) * 100).toFixed(1)} %`;
  const about = escapeXml([frame.name, frame.file, share].filter((part) => part !== '').join(', '));
  const room = Math.floor((width - 4) / CHARACTER);
  const label =
    room < 4
      ? ''
      : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escapeXml(cut(frame.name, room))}</text>`;
  return `<g><title>${about}</title><rect ${place} fill="${colourOf(frame.file)}"/>${label}</g>`;
}

function cut(name: string, room: number): string {
  return name.length <= room ? name : `${name.slice(0, room - 2)}..`;
}

function colourOf(file: string): string {
  return COLOURS.find(([fits]) => fits.test(file))?.[1] ?? '#fff';
}

function legendText(y: number): string {
  let x = 8;
  return COLOURS.map(([, colour, name]) => {
    const text = `<rect x="${x}" y="${y - 9}" width="10" height="10" fill="${colour}"/><text x="${x + 14}" y="${y}">${name}</text>`;
    x += 26 + name.length * CHARACTER;
    return text;
  }).join('');
}

const ESCAPES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };

/** For text and attributes. Characters that XML 1.0 does not have become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[<>&"]/g, (found) => ESCAPES[found] ?? found);
}
