/** The destinations: whether each takes what it is sent, what waits for it, what it answered; and how to mend it. */
import './ops.css';
import type { DestinationItem, DestinationsView, LagView } from '../../src/console/model/destinations.ts';
import type { Series } from '../../src/relay/activity/activity.ts';
import { useView } from '../api.ts';
import { Bytes, Count } from '../parts/figures.tsx';
import { ErrorNote, Note, Panel, ViewOf } from '../parts/notes.tsx';
import { sumOf } from '../parts/series.ts';
import { Spark } from '../parts/spark.tsx';
import { Stale } from '../parts/stale.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Text } from '../parts/text.tsx';
import { Oldest, Time, Unknown } from '../parts/time.tsx';
import { pageHref, route } from '../shell/router.ts';
import { Details } from './destinations/details.tsx';
import { StateBadge } from './destinations/state.tsx';

const EVERY_MS = 15_000;
const LAG_EVERY_MS = 60_000;

export function Page() {
  const all = useView<DestinationsView>('destinations', {}, EVERY_MS);
  const lag = useView<LagView>('destinations/lag', {}, LAG_EVERY_MS);
  const chosen = route.value.query.get('destination');
  return (
    <ViewOf of={all}>
      {(data) => {
        const one = data.destinations.find(({ name }) => name === chosen);
        return (
          <>
            {data.trouble.map((sentence) => (
              <ErrorNote key={sentence} message={sentence} />
            ))}
            <Processes of={data} />
            {lag.error ? <ErrorNote message={`What waits is unknown: ${lag.error.message}`} /> : null}
            {lag.data?.trouble.map((sentence) => (
              <ErrorNote key={sentence} message={sentence} />
            ))}
            <Panel title="All destinations">
              <Table
                caption="Destinations"
                hideCaption
                columns={columns(lag.data, lag.error !== undefined)}
                rows={data.destinations}
                rowKey={({ name }) => name}
                empty="relay.yaml has no destination."
              />
            </Panel>
            {one ? (
              <Details
                key={one.name}
                of={one}
                view={data}
                lag={lag.data}
                onDone={() => {
                  all.reload();
                  lag.reload();
                }}
              />
            ) : null}
            {chosen !== null && !one ? (
              <Note tone="warn">
                relay.yaml has no destination <Text value={chosen} />.
              </Note>
            ) : null}
          </>
        );
      }}
    </ViewOf>
  );
}

/** Figures are those of the processes that wrote them: whether they still do. */
function Processes({ of: { processes } }: { readonly of: DestinationsView }) {
  if (!processes) return null;
  const { isAnyAlive, silent, newest } = processes;
  if (silent) {
    return (
      <Stale of={silent} alone="No consumer is alive: the figures are as of then, and nothing is delivered.">
        Its part of the figures is as of then.
      </Stale>
    );
  }
  if (isAnyAlive) return null;
  return (
    <Note tone="warn">
      {newest === undefined ? (
        'No consumer of the relay has written what it delivers: figures are unknown.'
      ) : (
        <>
          Stale: no consumer of the relay is alive. The figures are as of <Time at={newest} />.
        </>
      )}
    </Note>
  );
}

function columns(lag: LagView | undefined, failed: boolean): readonly Column<DestinationItem>[] {
  return [
    {
      title: 'Destination',
      cell: ({ name, type }) => (
        <>
          <a href={pageHref('destinations', { destination: name })}>{name}</a>
          {type === name ? null : <small>{type}</small>}
        </>
      ),
      by: ({ name }) => name,
    },
    {
      title: 'State',
      cell: (one) => <StateBadge of={one} />,
      by: ({ state }) => state?.kind,
    },
    {
      title: 'Not committed',
      numeric: true,
      cell: ({ name }) => (
        <>
          {lag || failed ? <Bytes value={waiting(lag, name)?.bytes} /> : <span class="empty">reading…</span>}
          {lag ? (
            <small>
              <Time at={lag.at} />
            </small>
          ) : null}
        </>
      ),
      by: ({ name }) => waiting(lag, name)?.bytes,
    },
    {
      title: 'Oldest waiting row',
      numeric: true,
      cell: ({ name, figures }) => (
        <Oldest seconds={figures?.oldestUndeliveredSeconds ?? waiting(lag, name)?.ageSeconds} />
      ),
      by: ({ name, figures }) => figures?.oldestUndeliveredSeconds ?? waiting(lag, name)?.ageSeconds,
    },
    {
      title: 'Delivered rows, 3\u00a0h',
      numeric: true,
      cell: ({ figures }) => <Figure of={figures?.delivered} what="rows" />,
      by: ({ figures }) => figures && sumOf(figures.delivered),
    },
    {
      title: 'Failed requests, 3\u00a0h',
      numeric: true,
      cell: ({ figures }) => <Figure of={figures?.failed} what="failed requests" />,
      by: ({ figures }) => figures && sumOf(figures.failed),
    },
    {
      title: 'Last reply',
      cell: ({ figures }) => (figures ? <LastReply of={figures.replies[0]} /> : <Unknown />),
    },
  ];
}

/** A zero draws no line, so the sum is beside it. */
function Figure({ of, what }: { readonly of: Series | undefined; readonly what: string }) {
  if (!of) return <Unknown />;
  return (
    <>
      <Count value={sumOf(of)} />
      <small>
        <Spark series={of} what={what} />
      </small>
    </>
  );
}

function LastReply({
  of,
}: {
  readonly of: NonNullable<DestinationItem['figures']>['replies'][number] | undefined;
}) {
  if (!of) return <>none</>;
  return (
    <>
      {of.result}
      {of.status === undefined ? '' : ` (${of.status})`}, <Time at={of.at} />
    </>
  );
}

/** Undefined where it is unknown: an incomplete look has no zero. */
function waiting(
  view: LagView | undefined,
  name: string,
): { readonly bytes: number; readonly ageSeconds: number } | undefined {
  if (!view) return undefined;
  const lines = view.lag.filter(({ destination }) => destination === name);
  if (lines.length === 0 && view.isPartial) return undefined;
  return {
    bytes: lines.reduce((sum, { bytes }) => sum + bytes, 0),
    ageSeconds: Math.max(0, ...lines.map(({ ageMs }) => ageMs / 1000)),
  };
}
