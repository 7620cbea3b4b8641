/** One destination: its state, what waits for it, what it answered, its settings and what a person can do with it. */
import type { ComponentChildren } from 'preact';
import type {
  DestinationItem,
  DestinationsView,
  LagItem,
  LagView,
} from '../../../src/console/model/destinations.ts';
import { Bytes, Count } from '../../parts/figures.tsx';
import { Facts, Note, Panel } from '../../parts/notes.tsx';
import { sumOf } from '../../parts/series.ts';
import { Spark } from '../../parts/spark.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Text } from '../../parts/text.tsx';
import { Duration, Oldest, Time } from '../../parts/time.tsx';
import { isOperator } from '../../session.ts';
import { pageHref } from '../../shell/router.ts';
import { Acts } from './acts.tsx';
import { StateSentence, Why } from './state.tsx';

export interface DetailsProps {
  readonly of: DestinationItem;
  readonly view: DestinationsView;
  readonly lag: LagView | undefined;
  /** Called when something was changed. */
  readonly onDone: () => void;
}

export function Details({ of, view, lag, onDone }: DetailsProps) {
  return (
    <>
      <Panel title={of.name}>
        <StateSentence of={of} />
        <p>It is sent {of.sent.join(', ')}.</p>
        {isOperator() ? <Acts of={of} sources={view.sources} onDone={onDone} /> : null}
        <p>
          <a href={pageHref('dead-letters', { destination: of.name })}>Its dead letters</a>
        </p>
        <HeldTables of={of} />
        <details>
          <summary>Settings</summary>
          <Text block first={4000} value={of.settings} />
        </details>
      </Panel>
      <Delivered of={of} />
      <Waiting
        title="What waits for it"
        name={of.name}
        lines={lag?.lag}
        partial={lag?.isPartial ?? true}
        at={lag?.at}
      />
      {lag?.replays.some(({ destination }) => destination === of.name) ? (
        <Waiting
          title="Replays under way"
          name={of.name}
          lines={lag.replays}
          partial={lag.isPartial}
          at={lag.at}
        />
      ) : null}
      <Replies of={of} hidden={view.excerptsHidden} />
    </>
  );
}

function HeldTables({ of: { holds } }: { readonly of: DestinationItem }) {
  if (holds.length === 0) return null;
  return (
    <Table
      caption="Tables that are held, because it refuses all of their rows"
      columns={[
        { title: 'Table', cell: ({ table }) => <Text value={table} /> },
        { title: 'Since', cell: ({ since }) => <Time at={since} /> },
        { title: 'Next try', cell: ({ nextTry }) => <Time at={nextTry} /> },
        { title: 'Why', cell: (hold) => <Why of={hold} /> },
      ]}
      rows={holds}
      rowKey={({ table }) => table}
      empty=""
    />
  );
}

function Delivered({ of: { figures } }: { readonly of: DestinationItem }) {
  if (!figures) {
    return (
      <Panel title="The last three hours">
        <Note>No process of the relay has written figures of it: they are unknown.</Note>
      </Panel>
    );
  }
  const { delivered, deliveredBytes, batches, failed, deadLetters } = figures;
  const with_ = (value: ComponentChildren, spark: ComponentChildren) => (
    <>
      {value} {spark}
    </>
  );
  return (
    <Panel title="The last three hours">
      <Facts
        facts={[
          [
            'Rows delivered',
            with_(<Count value={sumOf(delivered)} />, <Spark series={delivered} what="rows" />),
          ],
          [
            'Bytes',
            with_(<Bytes value={sumOf(deliveredBytes)} />, <Spark series={deliveredBytes} what="bytes" />),
          ],
          ['Batches', with_(<Count value={sumOf(batches)} />, <Spark series={batches} what="batches" />)],
          [
            'Failed requests',
            with_(<Count value={sumOf(failed)} />, <Spark series={failed} what="failed requests" />),
          ],
          [
            'Dead letters',
            with_(<Count value={sumOf(deadLetters)} />, <Spark series={deadLetters} what="dead letters" />),
          ],
          ['Oldest undelivered row', <Oldest key="oldest" seconds={figures.oldestUndeliveredSeconds} />],
        ]}
      />
    </Panel>
  );
}

interface WaitingProps {
  readonly title: string;
  readonly name: string;
  readonly lines: readonly LagItem[] | undefined;
  readonly partial: boolean;
  /** When it was looked at, ms since the epoch; undefined before the first look. */
  readonly at: number | undefined;
}

const SOURCE: Column<LagItem> = {
  title: 'Source',
  cell: ({ source }) => source ?? '-',
  by: ({ source }) => source,
};

function Waiting({ title, name, lines, partial, at }: WaitingProps) {
  const own = lines?.filter(({ destination }) => destination === name);
  const nothing = partial ? 'Not all of it could be read: what waits is unknown.' : 'Nothing.';
  return (
    <Panel title={title}>
      {at === undefined ? null : (
        <p class="quiet-line">
          Looked at <Time at={at} />. Bytes that it has taken and that are not committed yet count, too.
        </p>
      )}
      {own === undefined ? (
        <p class="empty">Reading…</p>
      ) : (
        <Table
          caption={title}
          hideCaption
          columns={[
            { title: 'Table', cell: ({ table }) => <Text value={table} />, by: ({ table }) => table },
            ...(own.some(({ source }) => source !== undefined) ? [SOURCE] : []),
            {
              title: 'Blobs',
              numeric: true,
              cell: ({ blobs }) => <Count value={blobs} />,
              by: ({ blobs }) => blobs,
            },
            {
              title: 'Bytes',
              numeric: true,
              cell: ({ bytes }) => <Bytes value={bytes} />,
              by: ({ bytes }) => bytes,
            },
            {
              title: 'Oldest',
              numeric: true,
              cell: ({ ageMs }) => <Duration seconds={Math.round(ageMs / 1000)} />,
              by: ({ ageMs }) => ageMs,
            },
          ]}
          rows={own}
          rowKey={({ table, source }) => `${source ?? ''}/${table}`}
          empty={nothing}
        />
      )}
    </Panel>
  );
}

function Replies({
  of: { figures },
  hidden,
}: {
  readonly of: DestinationItem;
  readonly hidden: string | undefined;
}) {
  const replies = figures?.replies ?? [];
  return (
    <Panel title="Last replies">
      {hidden !== undefined && replies.length > 0 ? <Note>{hidden}</Note> : null}
      <Table
        caption="Last replies"
        hideCaption
        columns={[
          { title: 'When', cell: ({ at }) => <Time at={at} /> },
          { title: 'Result', cell: ({ result }) => result },
          { title: 'Status', numeric: true, cell: ({ status }) => status ?? '-' },
          { title: 'Rows', numeric: true, cell: ({ rows }) => <Count value={rows} /> },
          { title: 'Took', numeric: true, cell: ({ ms }) => `${ms.toLocaleString('en')} ms` },
          {
            title: 'What it said',
            cell: ({ code, message, excerpt }) => (
              <>
                {message === undefined ? null : <Text value={message} />}
                {code === undefined ? null : (
                  <>
                    {' '}
                    (<Text value={code} />)
                  </>
                )}
                {excerpt === undefined ? null : (
                  <>
                    {' '}
                    <Text value={excerpt} />
                  </>
                )}
              </>
            ),
          },
        ]}
        rows={replies.map((reply, index) => ({ ...reply, index }))}
        rowKey={({ index }) => String(index)}
        empty={
          figures ? 'It has answered nothing in these hours.' : 'Unknown: no process has written about it.'
        }
      />
    </Panel>
  );
}
