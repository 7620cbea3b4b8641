/** Sends a range of hours to one destination once more: asks for the range, counts, asks again, and goes on until it is done or stopped. */
import { useRef, useState } from 'preact/hooks';
import type { ReplayCount, ReplayProgress, ReplayTotals } from '../../../src/console/model/destinations.ts';
import { apiError, readView, sendAct } from '../../api.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { formatBytes, formatCount } from '../../parts/figures.tsx';
import { ErrorNote, Note } from '../../parts/notes.tsx';
import { Text } from '../../parts/text.tsx';
import { exactTime } from '../../parts/time.tsx';
import { instantOf } from '../../parts/utc.ts';

export interface ReplayProps {
  readonly name: string;
  readonly sources: readonly string[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly tables: readonly string[];
  readonly source: string | undefined;
}

type Step =
  | { readonly kind: 'asking' }
  | { readonly kind: 'counting' }
  | { readonly kind: 'counted'; readonly range: Range; readonly count: ReplayCount }
  | {
      readonly kind: 'running' | 'stopping' | 'stopped' | 'done';
      readonly progress: ReplayProgress | undefined;
    };

export function Replay({ name, sources, onClose, onDone }: ReplayProps) {
  const [step, setStep] = useState<Step>({ kind: 'asking' });
  const [failed, setFailed] = useState<string | undefined>();
  const stop = useRef(false);

  const count = async (range: Range) => {
    setFailed(undefined);
    setStep({ kind: 'counting' });
    try {
      const { from, to, tables, source } = range;
      const query = {
        destination: name,
        from: String(from),
        to: String(to),
        tables: tables.join(',') || undefined,
        source,
      };
      setStep({
        kind: 'counted',
        range,
        count: await readView<ReplayCount>('destinations/replay-count', query),
      });
    } catch (error) {
      setFailed(apiError(error).message);
      setStep({ kind: 'asking' });
    }
  };

  const run = async (range: Range) => {
    let progress: ReplayProgress | undefined;
    stop.current = false;
    setStep({ kind: 'running', progress });
    try {
      do {
        progress = await sendAct<ReplayProgress>('destinations/replay', { destination: name, ...range });
        setStep({ kind: stop.current ? 'stopping' : 'running', progress });
      } while (!progress.isDone && !stop.current);
      setStep({ kind: progress.isDone ? 'done' : 'stopped', progress });
    } catch (error) {
      setFailed(apiError(error).message);
      setStep({ kind: 'stopped', progress });
    }
    onDone();
  };

  const close = () => {
    stop.current = true;
    onClose();
  };
  return (
    <Dialog title={`Replay hours to ${name}`} onClose={close}>
      <div class="dialog-body" aria-live="polite">
        {step.kind === 'asking' || step.kind === 'counting' ? (
          <RangeForm sources={sources} counting={step.kind === 'counting'} onRange={count} />
        ) : null}
        {step.kind === 'counted' ? (
          <Counted
            name={name}
            range={step.range}
            count={step.count}
            onRun={() => run(step.range)}
            onClose={close}
          />
        ) : null}
        {'progress' in step ? (
          <Progress
            step={step}
            onStop={() => {
              stop.current = true;
              setStep({ kind: 'stopping', progress: step.progress });
            }}
          />
        ) : null}
        {failed === undefined ? null : <ErrorNote message={failed} />}
      </div>
    </Dialog>
  );
}

interface RangeFormProps {
  readonly sources: readonly string[];
  readonly counting: boolean;
  readonly onRange: (range: Range) => void;
}

function RangeForm({ sources, counting, onRange }: RangeFormProps) {
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [tables, setTables] = useState('');
  const [source, setSource] = useState(sources[0]);
  const [begin, end] = [instantOf(from), instantOf(to)];
  const isRange = begin !== undefined && end !== undefined && begin < end;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isRange) return;
        onRange({ from: begin, to: end, tables: tables.split(/[\s,]+/).filter(Boolean), source });
      }}
    >
      <p>Everything that these hours hold is sent to it once more. Other destinations are not affected.</p>
      <div class="fields">
        <label>
          From (UTC){' '}
          <input
            type="datetime-local"
            required
            value={from}
            onInput={(event) => setFrom(event.currentTarget.value)}
          />
        </label>
        <label>
          To (UTC){' '}
          <input
            type="datetime-local"
            required
            value={to}
            onInput={(event) => setTo(event.currentTarget.value)}
          />
        </label>
        <label>
          Tables (all, if empty){' '}
          <input
            type="text"
            placeholder="DeviceEvents, EmailEvents"
            value={tables}
            onInput={(event) => setTables(event.currentTarget.value)}
          />
        </label>
        {sources.length > 1 ? (
          <label>
            Source{' '}
            <select value={source} onChange={(event) => setSource(event.currentTarget.value)}>
              {sources.map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </select>
          </label>
        ) : null}
      </div>
      {begin !== undefined && end !== undefined && !isRange ? (
        <Note tone="warn">The end must lie behind the beginning.</Note>
      ) : null}
      <div class="dialog-acts">
        <button type="submit" class="main" disabled={!isRange || counting}>
          {counting ? 'Counting…' : 'Count'}
        </button>
      </div>
    </form>
  );
}

interface CountedProps {
  readonly name: string;
  readonly range: Range;
  readonly count: ReplayCount;
  readonly onRun: () => void;
  readonly onClose: () => void;
}

function Counted({ name, range, count: { totals, isWhole }, onRun, onClose }: CountedProps) {
  const blobs = `${isWhole ? '' : 'at least '}${formatCount(totals.queued)} ${totals.queued === 1 ? 'blob' : 'blobs'}`;
  return (
    <>
      <p>
        {exactTime(range.from)} to {exactTime(range.to)}
        {range.tables.length > 0 ? (
          <>
            , <Text value={range.tables.join(', ')} />
          </>
        ) : (
          ', all tables'
        )}
        {range.source === undefined ? '' : `, source ${range.source}`}.
      </p>
      <p>
        <strong>
          {blobs}, {formatBytes(totals.bytes)} of rows
        </strong>{' '}
        would be read again and sent to {name}, which then has their rows twice if it had them before.
      </p>
      <Passed totals={totals} />
      <div class="dialog-acts">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="main" disabled={totals.queued === 0 && isWhole} onClick={onRun}>
          Replay {blobs} to {name}
        </button>
      </div>
    </>
  );
}

type Running = Extract<Step, { readonly progress: unknown }>;

function Progress({
  step: { kind, progress },
  onStop,
}: {
  readonly step: Running;
  readonly onStop: () => void;
}) {
  const totals = progress?.totals;
  const queued = totals
    ? `${formatCount(totals.queued)} of ${formatCount(totals.listed)} blobs looked at are queued`
    : '';
  return (
    <>
      {kind === 'done' ? (
        <Note tone="good">Done: {queued}. The consumers read them now.</Note>
      ) : kind === 'stopped' ? (
        <Note tone="warn">Stopped{queued && `: ${queued}`}. The same range goes on from here.</Note>
      ) : (
        <p>
          Working… {queued}
          {progress?.waitsFor === undefined
            ? ''
            : `; it waits for the consumers, the queue holds ${formatCount(progress.waitsFor)} tasks`}
        </p>
      )}
      {totals ? <Passed totals={totals} /> : null}
      {kind === 'running' || kind === 'stopping' ? (
        <div class="dialog-acts">
          <button type="button" disabled={kind === 'stopping'} onClick={onStop}>
            {kind === 'stopping' ? 'Stopping…' : 'Stop'}
          </button>
        </div>
      ) : null}
    </>
  );
}

/** What the replay leaves out. */
function Passed({ totals }: { readonly totals: ReplayTotals }) {
  const { underWay, busy, held, unreadable, passedOver } = totals;
  const lines = [
    underWay > 0 && `${formatCount(underWay)} left alone: an earlier replay still reads them.`,
    busy > 0 &&
      `${formatCount(busy)} could not be queued while they were worked on: replay them again later.`,
    held > 0 && `${formatCount(held)} passed over: archived, or not readable at present.`,
    unreadable > 0 && `${formatCount(unreadable)} not queued: their checkpoints cannot be read.`,
    passedOver.length > 0 && `Not done: ${passedOver.join(', ')} could not be listed to the end.`,
  ].filter((line) => line !== false);
  if (lines.length === 0) return null;
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>
          <Text value={line} />
        </li>
      ))}
    </ul>
  );
}
