/** The destinations at present: in service or not, what they took, what waits for them. */
import type { NowDestination } from '../../../src/console/model/now.ts';
import { Count } from '../../parts/figures.tsx';
import { Badge, Panel } from '../../parts/notes.tsx';
import { sumOfLast } from '../../parts/series.ts';
import { Spark } from '../../parts/spark.tsx';
import { Table } from '../../parts/table.tsx';
import { Text } from '../../parts/text.tsx';
import { Oldest, Time, Unknown } from '../../parts/time.tsx';
import { pageHref } from '../../shell/router.ts';

const HOUR = 60;

export function Destinations({ destinations }: { readonly destinations: readonly NowDestination[] }) {
  return (
    <Panel title="Destinations">
      <Table
        caption="Destinations of relay.yaml"
        hideCaption
        rows={destinations}
        rowKey={({ name }) => name}
        empty="relay.yaml has no destinations."
        columns={[
          {
            title: 'Destination',
            by: ({ name }) => name,
            cell: ({ name }) => <a href={pageHref('destinations', { destination: name })}>{name}</a>,
          },
          { title: 'State', cell: (one) => <State {...one} /> },
          {
            title: 'Oldest waiting',
            numeric: true,
            by: ({ oldestSeconds }) => oldestSeconds,
            cell: ({ oldestSeconds }) => <Oldest seconds={oldestSeconds} />,
          },
          {
            title: 'Rows, last hour',
            numeric: true,
            by: ({ delivered }) => lastHour(delivered),
            cell: ({ delivered }) => <Count value={lastHour(delivered)} />,
          },
          {
            title: 'Three hours',
            cell: ({ delivered }) => (delivered ? <Spark series={delivered} what="rows" /> : <Unknown />),
          },
          {
            title: 'Failed requests, last hour',
            numeric: true,
            by: ({ failed }) => lastHour(failed),
            cell: ({ failed }) => <Count value={lastHour(failed)} />,
          },
          {
            title: 'Dead letters, last hour',
            numeric: true,
            by: ({ deadLetters }) => lastHour(deadLetters),
            cell: ({ deadLetters }) => <Count value={lastHour(deadLetters)} />,
          },
        ]}
      />
    </Panel>
  );
}

function lastHour(series: NowDestination['delivered']): number | undefined {
  return series && sumOfLast(series, HOUR);
}

function State({ breaker }: NowDestination) {
  if (breaker === undefined) return <Unknown why="The state does not tell." />;
  if (breaker === null) return <Badge tone="good">in service</Badge>;
  const { since, code, message, nextTry } = breaker;
  return (
    <>
      <Badge tone="bad">{nextTry === undefined ? 'disabled' : 'out of service'}</Badge> since{' '}
      <Time at={since} />
      {nextTry === undefined ? null : (
        <>
          , tried again <Time at={nextTry} />
        </>
      )}
      : <Text value={`${message} (${code})`} first={160} />
    </>
  );
}
