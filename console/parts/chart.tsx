/** A chart of figures over time. What draws it is loaded when the first chart is shown. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { themeChanges } from '../shell/theme.ts';
import type { Drawing } from './drawing.ts';
import type { ChartProps } from './lines.ts';
import { Table } from './table.tsx';
import { exactTime } from './time.tsx';

/** Lines over time, and the same figures as a table that one can open. */
export function Chart({ title, times, lines, format }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | undefined>(undefined);
  const [at, setAt] = useState<number | undefined>();
  const colours = themeChanges.value;
  // A drawing is made anew for other lines or colours; new figures are put into it.
  const kind = JSON.stringify([colours, lines.map(({ label, colour }) => [label, colour])]);
  const latest = useRef({ times, lines, format });
  latest.current = { times, lines, format };
  useEffect(() => {
    let gone = false;
    void import('./drawing.ts').then(({ draw }) => {
      if (!gone && box.current) drawing.current = draw(box.current, latest.current, setAt);
    });
    return () => {
      gone = true;
      drawing.current?.destroy();
      drawing.current = undefined;
    };
  }, [kind]);
  useEffect(() => drawing.current?.update(times, lines), [times, lines]);
  const shown = at ?? times.length - 1;
  return (
    <figure class="chart">
      <figcaption>
        <strong>{title}</strong>
        <ul class="legend">
          {lines.map(({ label, colour, values }) => (
            <li key={label}>
              <svg class={`key line${colour.at(-1)}`} viewBox="0 0 20 4" aria-hidden="true">
                <path d="M0 2H20" />
              </svg>
              {label} <span class="legend-value">{textOf(values[shown], format)}</span>
            </li>
          ))}
          <li class="legend-time">{times[shown] === undefined ? null : exactTime(times[shown])}</li>
        </ul>
      </figcaption>
      <div class="canvas" ref={box} aria-hidden="true" />
      <details>
        <summary>Figures</summary>
        <Figures title={title} times={times} lines={lines} format={format} />
      </details>
    </figure>
  );
}

function Figures({ title, times, lines, format }: ChartProps) {
  const rows = times.map((time, index) => ({ time, index })).toReversed();
  return (
    <Table
      caption={title}
      hideCaption
      columns={[
        { title: 'Time', cell: ({ time }) => exactTime(time) },
        ...lines.map(({ label, values }) => ({
          title: label,
          numeric: true,
          cell: ({ index }: { readonly index: number }) => textOf(values[index], format),
        })),
      ]}
      rows={rows}
      rowKey={({ time }) => String(time)}
      empty="There are no figures yet."
    />
  );
}

function textOf(value: number | undefined, format: (value: number) => string): string {
  return value === undefined ? 'unknown' : format(value);
}
