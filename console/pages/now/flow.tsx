/** A picture of the flow: from tables through the rules to destinations, as wide as their rows are many. */
import { signal } from '@preact/signals';
import type { Flow } from '../../../src/console/model/now.ts';
import { Count, formatCount } from '../../parts/figures.tsx';
import { Empty } from '../../parts/notes.tsx';
import { Table } from '../../parts/table.tsx';
import { plainText, Text } from '../../parts/text.tsx';
import { exactTime, Time } from '../../parts/time.tsx';
import { type Block, layOut, type Part, ribbon } from './lay-out.ts';

/** Drawn at each side; the others are one block. */
const MOST = 8;
const BAR = 8;

/** How the picture is laid out. Pixels of the picture. */
interface Form {
  readonly width: number;
  /** Where the bars of tables, rules and destinations begin. */
  readonly left: number;
  readonly middle: number;
  readonly right: number;
  /** The least height of a table or a destination with its label. */
  readonly room: number;
  /** Whether names and figures stand on the ribbons, in two lines, instead of beside the bars. */
  readonly isInside: boolean;
  /** Characters of a name. */
  readonly longest: number;
}

const WIDE: Form = {
  width: 640,
  left: 214,
  middle: 316,
  right: 418,
  room: 16,
  isInside: false,
  longest: 28,
};
/** For telephones: as wide as their windows are, so that letters keep their size. */
const NARROW: Form = {
  width: 312,
  left: 0,
  middle: 160,
  right: 304,
  room: 30,
  isInside: true,
  longest: 22,
};

const narrow = matchMedia('(max-width: 640px)');
const form = signal(narrow.matches ? NARROW : WIDE);
narrow.addEventListener('change', ({ matches }) => {
  form.value = matches ? NARROW : WIDE;
});

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
  const counted = (count: number, one: string) => `${formatCount(count)} ${one}${count === 1 ? '' : 's'}`;
  const sentence = `${counted(rows, 'row')} of ${counted(tables.length, 'table')}; ${formatCount(filtered)} filtered, ${counted(alerts, 'alert')}`;
  return (
    <>
      <p>
        Since {exactTime(since).slice(11, 16)} UTC: {sentence}. A row may go to several destinations.
      </p>
      <section aria-label="Picture of the flow">
        <Picture form={form.value} left={left} right={right} label={sentence} />
      </section>
      <details>
        <summary>Figures</summary>
        <FlowTables flow={flow} />
      </details>
    </>
  );
}

interface PictureProps {
  readonly form: Form;
  readonly left: readonly Part[];
  readonly right: readonly Part[];
  /** For screen readers. */
  readonly label: string;
}

function Picture({ form: of, left, right, label }: PictureProps) {
  const { blocks, height, middle } = layOut(left, right, of.room);
  return (
    <svg
      class={of.isInside ? 'flow inside' : 'flow'}
      viewBox={`0 0 ${of.width} ${height}`}
      role="img"
      aria-label={label}
    >
      {blocks.left.map((block) => (
        <g key={block.name}>
          <path d={ribbon({ x: of.left + BAR, ...block }, { x: of.middle, ...block.far })} />
          <rect class="node" x={of.left} y={block.y} width={BAR} height={block.high} />
        </g>
      ))}
      <rect class="node" x={of.middle} y={middle.y} width={BAR} height={middle.high} />
      <text x={of.middle + BAR / 2} y={middle.y - 6} text-anchor="middle">
        rules
      </text>
      {blocks.right.map((block) => (
        <g key={block.name}>
          <path
            class={block.isOut ? 'out' : undefined}
            d={ribbon({ x: of.middle + BAR, ...block.far }, { x: of.right, ...block })}
          />
          <rect
            class={block.isOut ? 'node out' : 'node'}
            x={of.right}
            y={block.y}
            width={BAR}
            height={block.high}
          />
        </g>
      ))}
      {blocks.left.map((block) => (
        <Label key={block.name} block={block} form={of} side="left" />
      ))}
      {blocks.right.map((block) => (
        <Label key={block.name} block={block} form={of} side="right" />
      ))}
    </svg>
  );
}

interface LabelProps {
  readonly block: Block;
  readonly form: Form;
  readonly side: 'left' | 'right';
}

/** Behind all ribbons, so that none is drawn over it. */
function Label({ block, form: { left, right, isInside, longest }, side }: LabelProps) {
  const name = plainText(block.name, longest);
  const amount = formatCount(block.amount);
  const middle = block.y + block.high / 2;
  const isLeft = side === 'left';
  if (!isInside) {
    const x = isLeft ? left - 8 : right + BAR + 8;
    return (
      <text x={x} y={middle + 4} text-anchor={isLeft ? 'end' : 'start'}>
        {name} <tspan class="amount">{amount}</tspan>
      </text>
    );
  }
  const x = isLeft ? left + BAR + 4 : right - 4;
  return (
    <text x={x} y={middle - 2} text-anchor={isLeft ? 'start' : 'end'}>
      {name}
      <tspan class="amount" x={x} dy="13">
        {amount}
      </tspan>
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
