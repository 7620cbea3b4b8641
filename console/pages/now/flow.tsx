/** A picture of the flow: from tables through the rules to destinations, as wide as their rows are many. */
import type { Flow } from '../../../src/console/model/now.ts';
import { Count, formatCount } from '../../parts/figures.tsx';
import { Empty } from '../../parts/notes.tsx';
import { Table } from '../../parts/table.tsx';
import { plainText, Text } from '../../parts/text.tsx';
import { Time } from '../../parts/time.tsx';
import { type Block, layOut, ribbon } from './lay-out.ts';

/** Drawn at each side; the others are one block. */
const MOST = 8;
const LONGEST_LABEL = 28;

const WIDTH = 720;
const LEFT = 250;
const MIDDLE = 360;
const RIGHT = 470;
const BAR = 8;

export function FlowPicture({ flow }: { readonly flow: Flow }) {
  const { tables, since } = flow;
  if (tables.length === 0) {
    return (
      <Empty>
        No row was read since <Time at={since} />.
      </Empty>
    );
  }
  const rows = sum(tables.map((table) => table.rows));
  const filtered = sum(tables.map((table) => table.filtered));
  const alerts = sum(tables.map((table) => table.alerts));
  const left = most(tables.map(({ name, rows: amount }) => ({ name, amount })));
  const right = [
    ...most(flow.destinations.map(({ name, rows: amount }) => ({ name, amount }))),
    { name: 'filtered', amount: filtered, isOut: true },
  ].filter(({ amount }) => amount > 0);
  const { blocks, height, middle } = layOut(left, right);
  const sentence = `${formatCount(rows)} rows of ${tables.length} tables; ${formatCount(filtered)} filtered, ${formatCount(alerts)} alerts`;
  return (
    <>
      <p>
        Since <Time at={since} />: {sentence}. A row may go to several destinations.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard. */}
      <section class="scroll" tabIndex={0} aria-label="Picture of the flow">
        <svg class="flow" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={sentence}>
          {blocks.left.map((block) => (
            <g key={block.name}>
              <path d={ribbon({ x: LEFT + BAR, ...block }, { x: MIDDLE, ...block.far })} />
              <rect class="node" x={LEFT} y={block.y} width={BAR} height={block.high} />
              <Label block={block} x={LEFT - 8} anchor="end" />
            </g>
          ))}
          <rect class="node" x={MIDDLE} y={middle.y} width={BAR} height={middle.high} />
          <text x={MIDDLE + BAR / 2} y={middle.y - 6} text-anchor="middle">
            rules
          </text>
          {blocks.right.map((block) => (
            <g key={block.name}>
              <path
                class={block.isOut ? 'out' : undefined}
                d={ribbon({ x: MIDDLE + BAR, ...block.far }, { x: RIGHT, ...block })}
              />
              <rect
                class={block.isOut ? 'node out' : 'node'}
                x={RIGHT}
                y={block.y}
                width={BAR}
                height={block.high}
              />
              <Label block={block} x={RIGHT + BAR + 8} anchor="start" />
            </g>
          ))}
        </svg>
      </section>
      <details>
        <summary>Figures</summary>
        <FlowTables flow={flow} />
      </details>
    </>
  );
}

function Label({
  block,
  x,
  anchor,
}: {
  readonly block: Block;
  readonly x: number;
  readonly anchor: 'start' | 'end';
}) {
  return (
    <text x={x} y={block.y + block.high / 2 + 4} text-anchor={anchor}>
      {plainText(block.name, LONGEST_LABEL)} <tspan class="amount">{formatCount(block.amount)}</tspan>
    </text>
  );
}

function FlowTables({ flow: { tables, destinations } }: { readonly flow: Flow }) {
  return (
    <>
      <Table
        caption="Rows by table"
        rows={tables}
        rowKey={({ name }) => name}
        empty="No rows."
        columns={[
          { title: 'Table', by: ({ name }) => name, cell: ({ name }) => <Text value={name} first={80} /> },
          { title: 'Rows', numeric: true, by: (one) => one.rows, cell: (one) => <Count value={one.rows} /> },
          {
            title: 'Filtered',
            numeric: true,
            by: ({ filtered }) => filtered,
            cell: ({ filtered }) => <Count value={filtered} />,
          },
          {
            title: 'Alerts',
            numeric: true,
            by: ({ alerts }) => alerts,
            cell: ({ alerts }) => <Count value={alerts} />,
          },
        ]}
      />
      <Table
        caption="Rows by destination"
        rows={destinations}
        rowKey={({ name }) => name}
        empty="Nothing was delivered."
        columns={[
          {
            title: 'Destination',
            by: ({ name }) => name,
            cell: ({ name }) => <Text value={name} first={80} />,
          },
          {
            title: 'Rows',
            numeric: true,
            by: ({ rows }) => rows,
            cell: ({ rows }) => <Count value={rows} />,
          },
        ]}
      />
    </>
  );
}

interface Amount {
  readonly name: string;
  readonly amount: number;
}

/** The first ones, and the others as one. Both lists begin with the most. */
function most(all: readonly Amount[]): readonly Amount[] {
  const some = all.filter(({ amount }) => amount > 0);
  if (some.length <= MOST) return some;
  const others = some.slice(MOST - 1);
  return [
    ...some.slice(0, MOST - 1),
    { name: `${others.length} others`, amount: sum(others.map(({ amount }) => amount)) },
  ];
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((all, amount) => all + amount, 0);
}
