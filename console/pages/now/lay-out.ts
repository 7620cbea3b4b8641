/** Where the parts of the picture of the flow stand. */

export interface Part {
  readonly name: string;
  readonly amount: number;
  /** It leaves the flow here. */
  readonly isOut?: boolean;
}

interface Span {
  readonly y: number;
  readonly high: number;
}

/** A part at one side. Pixels of the picture. */
export interface Block extends Part, Span {
  /** Where its ribbon meets the middle. */
  readonly far: Span;
}

export interface Layout {
  readonly blocks: { readonly left: readonly Block[]; readonly right: readonly Block[] };
  readonly middle: Span;
  readonly height: number;
}

/** The height of all parts of a side together, and the least of one. */
const FULL = 130;
const LEAST = 2;
const GAP = 6;
const TOP = 18;

/** Lays out both sides to one scale, so that the same width is the same number of rows. @param room the least height of a part with its label. */
export function layOut(left: readonly Part[], right: readonly Part[], room: number): Layout {
  const sums = [left, right].map((side) => side.reduce((sum, { amount }) => sum + amount, 0));
  const scale = FULL / Math.max(1, ...sums);
  const high = ({ amount }: Part) => Math.max(LEAST, amount * scale);
  const tall = (side: readonly Part[]) =>
    side.reduce((sum, part) => sum + Math.max(high(part), room) + GAP, -GAP);
  const thick = (side: readonly Part[]) => side.reduce((sum, part) => sum + high(part), 0);
  const height = TOP + Math.max(tall(left), tall(right), FULL) + GAP;
  const middleHigh = Math.max(thick(left), thick(right));
  const middle = { y: TOP + (height - TOP - middleHigh) / 2, high: middleHigh };
  const place = (side: readonly Part[]): readonly Block[] => {
    let y = TOP + (height - TOP - tall(side)) / 2;
    let far = middle.y + (middleHigh - thick(side)) / 2;
    return side.map((part) => {
      const own = high(part);
      const tallest = Math.max(own, room);
      const block = { ...part, y: y + (tallest - own) / 2, high: own, far: { y: far, high: own } };
      y += tallest + GAP;
      far += own;
      return block;
    });
  };
  return { blocks: { left: place(left), right: place(right) }, middle, height };
}

export interface End extends Span {
  readonly x: number;
}

/** The outline of a ribbon between two ends, as a path of SVG. */
export function ribbon(from: End, to: End): string {
  const turn = (from.x + to.x) / 2;
  const n = (value: number) => value.toFixed(1);
  return [
    `M${n(from.x)} ${n(from.y)}`,
    `C${n(turn)} ${n(from.y)} ${n(turn)} ${n(to.y)} ${n(to.x)} ${n(to.y)}`,
    `V${n(to.y + to.high)}`,
    `C${n(turn)} ${n(to.y + to.high)} ${n(turn)} ${n(from.y + from.high)} ${n(from.x)} ${n(from.y + from.high)}`,
    'Z',
  ].join('');
}
