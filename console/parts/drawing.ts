/** Draws a chart's lines with uPlot. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ChartProps, Line } from './lines.ts';

export interface Drawing {
  update(times: readonly number[], lines: readonly Line[]): void;
  destroy(): void;
}

const HEIGHT = 160;
const AXIS = 56;
const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3]];

/** Draws into `box`, as wide as it is. `onPoint` gets the index of the time under the pointer, undefined when it has left. */
export function draw(
  box: HTMLElement,
  { times, lines, format }: Omit<ChartProps, 'title'>,
  onPoint: (at: number | undefined) => void,
): Drawing {
  const colour = coloursIn(box);
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--edge'), width: 1 },
    ticks: { stroke: colour('--edge'), width: 1 },
    font: '11px system-ui, sans-serif',
  };
  const plot = new uPlot(
    {
      width: Math.max(box.clientWidth, 100),
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.05 : 1] } },
      axes: [
        { ...axis, values: '{HH}:{mm}' },
        { ...axis, size: AXIS, values: (_, marks) => marks.map((mark) => format(mark)) },
      ],
      series: [
        {},
        ...lines.map(({ label, colour: name }, at) => ({
          label,
          stroke: colour(name),
          width: 1.5,
          dash: [...(DASHES[at % DASHES.length] ?? [])],
        })),
      ],
      hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? undefined)] },
    },
    dataOf(times, lines),
    box,
  );
  const resized = new ResizeObserver(() => {
    if (box.clientWidth > 0) plot.setSize({ width: box.clientWidth, height: HEIGHT });
  });
  resized.observe(box);
  return {
    update: (newTimes, newLines) => plot.setData(dataOf(newTimes, newLines)),
    destroy: () => {
      resized.disconnect();
      plot.destroy();
    },
  };
}

/** Resolves a variable of styles.css to a colour that a canvas takes: the variable itself has one for light and one for dark. */
function coloursIn(box: HTMLElement): (name: string) => string {
  return (name) => {
    const probe = box.appendChild(document.createElement('span'));
    probe.style.color = `var(${name})`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}

function dataOf(times: readonly number[], lines: readonly Line[]): uPlot.AlignedData {
  return [
    times.map((time) => time / 1000),
    ...lines.map(({ values }) => values.map((value) => value ?? null)),
  ];
}
