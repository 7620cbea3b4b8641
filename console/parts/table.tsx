/** A table: with a caption, sorted by its headings, in a box of its own that scrolls where the window is narrow. */
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Empty } from './notes.tsx';

export interface Column<R> {
  readonly title: string;
  readonly cell: (row: R) => ComponentChildren;
  /** What the column is sorted by; without it, it cannot be. Undefined values come last. */
  readonly by?: (row: R) => string | number | undefined;
  /** Numbers stand at the right. */
  readonly numeric?: boolean;
}

export interface TableProps<R> {
  /** What the rows are. Read by screen readers; shown unless a heading says the same. */
  readonly caption: string;
  readonly hideCaption?: boolean;
  /** The first column names the row. */
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly rowKey: (row: R) => string;
  /** Said in place of a table without rows. */
  readonly empty: ComponentChildren;
}

interface Order {
  readonly column: number;
  readonly down: boolean;
}

export function Table<R>({ caption, hideCaption = false, columns, rows, rowKey, empty }: TableProps<R>) {
  const id = useId();
  const [order, setOrder] = useState<Order | undefined>();
  if (rows.length === 0) return <Empty>{empty}</Empty>;
  const sorted = sort(rows, order && columns[order.column]?.by, order?.down ?? false);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard.
    <section class="scroll" tabIndex={0} aria-labelledby={id}>
      <table>
        <caption id={id} class={hideCaption ? 'unseen-caption' : undefined}>
          {caption}
        </caption>
        <thead>
          <tr>
            {columns.map((column, at) => (
              <Heading key={column.title} column={column} at={at} order={order} onOrder={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map(({ title, cell, numeric }, at) =>
                at === 0 ? (
                  <th key={title} scope="row">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={title} class={numeric ? 'number' : undefined}>
                    {cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface HeadingProps<R> {
  readonly column: Column<R>;
  readonly at: number;
  readonly order: Order | undefined;
  readonly onOrder: (order: Order) => void;
}

function Heading<R>({ column: { title, by, numeric = false }, at, order, onOrder }: HeadingProps<R>) {
  const here = order?.column === at ? order : undefined;
  const sorted = here && (here.down ? 'descending' : 'ascending');
  return (
    <th scope="col" class={numeric ? 'number' : undefined} aria-sort={sorted}>
      {by ? (
        <button type="button" onClick={() => onOrder({ column: at, down: here ? !here.down : numeric })}>
          {title}
          <span aria-hidden="true">{here ? (here.down ? ' ↓' : ' ↑') : ''}</span>
        </button>
      ) : (
        title
      )}
    </th>
  );
}

function sort<R>(rows: readonly R[], by: Column<R>['by'], down: boolean): readonly R[] {
  if (!by) return rows;
  const sign = down ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [x, y] = [by(a), by(b)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
    return sign * String(x).localeCompare(String(y), 'en');
  });
}
