/** Is everything flowing? Rates, what waits, destinations, processes, and a picture of the flow. */
import type { NowView } from '../../../src/console/model/now.ts';
import type { Series } from '../../../src/relay/activity/activity.ts';
import { useView } from '../../api.ts';
import { Chart } from '../../parts/chart.tsx';
import { Count, formatCount, Rate } from '../../parts/figures.tsx';
import type { Line } from '../../parts/lines.ts';
import { Facts, Note, Panel, Trouble, ViewOf } from '../../parts/notes.tsx';
import { rateOfLast, ratesOf, sumOf, timesOf } from '../../parts/series.ts';
import { Oldest, Time, Unknown } from '../../parts/time.tsx';
import { attention } from '../../session.ts';
import { pageHref } from '../../shell/router.ts';
import { Destinations } from './destinations.tsx';
import { FlowPicture } from './flow.tsx';
import { Processes } from './processes.tsx';

const EVERY_MS = 5000;
/** Minutes of which the present rate is the mean: a single one jumps. */
const PRESENT = 5;
/** The least that a chart shows. Minutes. */
const LEAST = 15;

export function Page() {
  const view = useView<NowView>('now', {}, EVERY_MS);
  return (
    <ViewOf of={view}>
      {(data) => (
        <>
          <Trouble sentences={data.trouble} />
          <Present {...data} />
          <Panel title="Flow">
            {data.flow ? <FlowPicture flow={data.flow} /> : <Unknown why="The state does not tell." />}
          </Panel>
          <Rates {...data} />
          <Destinations destinations={data.destinations} />
          <Processes processes={data.processes} />
        </>
      )}
    </ViewOf>
  );
}

function Present({ totals, destinations, processes, at }: NowView) {
  const state = attention.value;
  const isCounted = processes?.some(({ consumes }) => consumes) ?? false;
  const oldest = destinations.map(({ oldestSeconds }) => oldestSeconds);
  const known = oldest.filter((one) => one !== undefined);
  const delivered = destinations.flatMap((one) => one.delivered ?? []);
  const isNow = totals !== undefined && totals.knownTo >= at - 2 * 60_000;
  const rate = (series: Series | undefined) =>
    series && isNow ? rateOfLast(series, PRESENT, { from: totals.knownFrom, to: totals.knownTo }) : undefined;
  const sum = delivered.reduce((all, series) => all + (rate(series) ?? 0), 0);
  return (
    <Panel title="At present">
      <Facts
        facts={[
          ['Rows in', <Rate key="in" value={rate(totals?.rows)} />],
          ['Filtered', <Rate key="filtered" value={rate(totals?.filtered)} />],
          ['Alerts', <Rate key="alerts" value={rate(totals?.alerts)} />],
          [
            'Delivered, to all',
            <Rate key="out" value={rate(totals?.rows) === undefined ? undefined : sum} />,
          ],
          [
            'Oldest undelivered row',
            <Oldest key="old" seconds={known.length > 0 ? Math.max(...known) : undefined} />,
          ],
          ['Tasks in the queue', <Count key="queue" value={state?.queue?.ready} />],
          ['Poison tasks', <Count key="poison" value={state?.queue?.poison} />],
          [
            'Dead letters',
            <a key="dead" href={pageHref('dead-letters')}>
              <Count value={state?.deadLetters?.total} />
              {state?.deadLetters?.more ? '+' : ''}
            </a>,
          ],
          ['Rows retried alone', <Count key="alone" value={state?.isolating?.total} />],
        ]}
      />
      {totals && !isNow && isCounted ? (
        <Note tone="warn">
          No consumer is alive that counts: the figures end <Time at={totals.knownTo} />.
        </Note>
      ) : null}
    </Panel>
  );
}

function Rates({ totals, destinations }: NowView) {
  if (!totals) return null;
  const known = { from: totals.knownFrom, to: totals.knownTo };
  const all = timesOf(totals.rows);
  // A young relay has nothing to show before its start.
  const before = all.filter((time) => time <= known.from).length;
  const start = Math.max(0, Math.min(before, all.length - LEAST));
  const times = all.slice(start);
  const rates = (series: Series) => ratesOf(series, known).slice(start);
  const shown = destinations
    .filter(({ delivered }) => delivered)
    .toSorted((a, b) => total(b) - total(a))
    .slice(0, COLOURS.length);
  return (
    <div class="panels">
      <Panel title="Rows">
        <Chart
          title="Rows a second"
          times={times}
          format={formatCount}
          lines={[
            { label: 'in', values: rates(totals.rows), colour: '--line-1' },
            { label: 'filtered', values: rates(totals.filtered), colour: '--line-2' },
            { label: 'alerts', values: rates(totals.alerts), colour: '--line-3' },
          ]}
        />
      </Panel>
      <Panel title="Delivered">
        {shown.length === 0 ? (
          <Unknown why="No process has delivered anything in the last hours." />
        ) : (
          <Chart
            title="Rows a second, by destination"
            times={times}
            format={formatCount}
            lines={shown.flatMap(({ name, delivered }, at): Line[] =>
              delivered ? [{ label: name, values: rates(delivered), colour: COLOURS[at] ?? '--line-1' }] : [],
            )}
          />
        )}
        {destinations.length > shown.length && shown.length === COLOURS.length ? (
          <Note>
            The {COLOURS.length} with the most rows of three hours are drawn; the table below has all.
          </Note>
        ) : null}
      </Panel>
    </div>
  );
}

const COLOURS: readonly Line['colour'][] = [
  '--line-1',
  '--line-2',
  '--line-3',
  '--line-4',
  '--line-5',
  '--line-6',
];

function total({ delivered }: NowView['destinations'][number]): number {
  return delivered ? sumOf(delivered) : 0;
}
