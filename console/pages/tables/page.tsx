/** What comes in by table, and what it costs. */
import type { TableItem, TablesView } from '../../../src/console/model/tables.ts';
import { useView } from '../../api.ts';
import { Bytes, Count, formatBytes, formatCount, Share } from '../../parts/figures.tsx';
import { Panel, Trouble, ViewOf } from '../../parts/notes.tsx';
import { sumOf } from '../../parts/series.ts';
import { Spark } from '../../parts/spark.tsx';
import { Stale } from '../../parts/stale.tsx';
import { Table } from '../../parts/table.tsx';
import { plainText } from '../../parts/text.tsx';
import { Duration, Time, Unknown } from '../../parts/time.tsx';
import { navigate, pageHref, route } from '../../shell/router.ts';
import { Columns } from './columns.tsx';

const EVERY_MS = 15_000;
const LONGEST_LINK = 60;
const HOUR_MS = 3_600_000;
/** Less says nothing about an hour. */
const LEAST_MS = 300_000;

export function Page() {
  const view = useView<TablesView>('tables', {}, EVERY_MS);
  const open = route.value.query.get('table');
  return (
    <>
      <ViewOf of={view}>
        {({ at, tables, silent, trouble }) => (
          <>
            <Trouble sentences={trouble} />
            <Stale of={silent} alone="What was read there since is not counted, and nothing is read by now.">
              What was read there since is not counted.
            </Stale>
            {tables ? <Tables tables={tables} at={at} /> : <Unknown why="The state does not tell." />}
          </>
        )}
      </ViewOf>
      {open === null ? null : <Columns table={open} onClose={() => navigate(pageHref('tables'))} />}
    </>
  );
}

function Tables({ tables, at }: { readonly tables: readonly TableItem[]; readonly at: number }) {
  return (
    <Panel title="The last 24 hours">
      <Table
        caption="Tables of which rows were read. Those that never came are not here."
        rows={tables}
        rowKey={({ name }) => name}
        empty="No row was read in the last 24 hours."
        columns={[
          {
            title: 'Table',
            by: ({ name }) => name,
            cell: ({ name }) => (
              <a href={pageHref('tables', { table: name })}>{plainText(name, LONGEST_LINK)}</a>
            ),
          },
          {
            title: 'Last row',
            by: ({ lastSeen }) => lastSeen,
            cell: ({ lastSeen }) => <Time at={lastSeen} />,
          },
          {
            title: 'Rows',
            numeric: true,
            by: ({ rows }) => sumOf(rows),
            cell: (table) => (
              <>
                <Count value={sumOf(table.rows)} />
                <small>{anHour(hourly(table, at, 'rows'), formatCount)}</small>
              </>
            ),
          },
          { title: 'By hour', cell: ({ rows }) => <Spark series={rows} what="rows" /> },
          {
            title: 'Bytes',
            numeric: true,
            by: ({ bytes }) => sumOf(bytes),
            cell: (table) => (
              <>
                <Bytes value={sumOf(table.bytes)} />
                <small>{anHour(hourly(table, at, 'bytes'), formatBytes)}</small>
              </>
            ),
          },
          {
            title: 'Filtered',
            numeric: true,
            by: ({ filtered, rows }) => sumOf(filtered) / Math.max(1, sumOf(rows)),
            cell: ({ filtered, rows }) => <Share part={sumOf(filtered)} whole={sumOf(rows)} />,
          },
          {
            title: 'Alerts',
            numeric: true,
            by: ({ alerts }) => sumOf(alerts),
            cell: ({ alerts }) => <Count value={sumOf(alerts)} />,
          },
          {
            title: 'Latency: half, 95 % within',
            numeric: true,
            by: ({ latency }) => latency.p95,
            cell: ({ latency: { p50, p95 } }) => (
              <>
                <Duration seconds={p50} />
                <small>
                  <Duration seconds={p95} />
                </small>
              </>
            ),
          },
          {
            title: 'Bytes nobody reads',
            numeric: true,
            by: ({ unreadBytes, columnBytes }) => (columnBytes > 0 ? unreadBytes / columnBytes : undefined),
            cell: ({ unreadBytes, columnBytes }) =>
              columnBytes > 0 ? <Share part={unreadBytes} whole={columnBytes} /> : <NotMeasured />,
          },
          {
            title: 'Unknown columns',
            numeric: true,
            by: ({ unknownColumns }) => unknownColumns,
            cell: ({ unknownColumns, columnBytes }) =>
              columnBytes > 0 ? <Count value={unknownColumns} /> : <NotMeasured />,
          },
          {
            title: 'First row',
            by: ({ firstSeen }) => firstSeen,
            cell: ({ firstSeen }) => <Time at={firstSeen} />,
          },
        ]}
      />
    </Panel>
  );
}

/** Nothing where it is too early to say. */
function anHour(amount: number | undefined, format: (value: number) => string) {
  if (amount === undefined) return null;
  return <span title="The mean since its first row, of 24 hours at most.">{format(amount)}/h</span>;
}

function NotMeasured() {
  return <Unknown why="Columns are measured where telemetry.columns of relay.yaml says so." />;
}

/** The mean since its first row, at most of 24 hours. Undefined where that is too short to say. */
function hourly(table: TableItem, at: number, what: 'rows' | 'bytes'): number | undefined {
  if (table.firstSeen === undefined || at - table.firstSeen < LEAST_MS) return undefined;
  return Math.round(sumOf(table[what]) / ((at - table.firstSeen) / HOUR_MS));
}
