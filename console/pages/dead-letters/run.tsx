/** Sends dead letters again or removes them: says how many first, and goes on in parts until it is done or stopped. */
import { useState } from 'preact/hooks';
import type { LetterCountView, LetterResult } from '../../../src/console/model/dead-letters.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { formatCount } from '../../parts/figures.tsx';
import { ErrorNote, Note } from '../../parts/notes.tsx';
import { Table } from '../../parts/table.tsx';
import { Text } from '../../parts/text.tsx';
import { type Chosen, MOST_SHOWN, type Running, type Tally, useRunning, type Verb } from './running.ts';

export interface RunProps {
  readonly of: Chosen;
  readonly onClose: () => void;
  /** Called when letters may have gone. */
  readonly onDone: () => void;
}

export function Run({ of, onClose, onDone }: RunProps) {
  const running = useRunning(of, onDone);
  const close = () => {
    running.stop();
    onClose();
  };
  return (
    <Dialog title={of.verb === 'redrive' ? 'Send dead letters again' : 'Remove dead letters'} onClose={close}>
      {running.state === 'counting' ? <p>Counting…</p> : null}
      {running.state === 'asking' && running.counted ? (
        <Question verb={of.verb} counted={running.counted} onRun={running.run} onClose={close} />
      ) : null}
      <div aria-live="polite">
        <Progress of={running} verb={of.verb} />
      </div>
      {running.state === 'ended' ? <Others of={running.tally.others} /> : null}
      {running.state === 'running' || running.state === 'stopping' ? (
        <div class="dialog-acts">
          <button type="button" disabled={running.state === 'stopping'} onClick={running.stop}>
            {running.state === 'stopping' ? 'Stopping…' : 'Stop'}
          </button>
        </div>
      ) : null}
    </Dialog>
  );
}

function Progress({
  of: { state, counted, tally, ended },
  verb,
}: {
  readonly of: Running;
  readonly verb: Verb;
}) {
  const sofar =
    counted && `${formatCount(tally.tried)} of ${lettersText(counted.count)}: ${tallyText(verb, tally)}.`;
  if (state === 'running' || state === 'stopping') {
    return (
      <>
        <p>{sofar}</p>
        <progress aria-label="Letters" value={tally.tried} max={counted?.count ?? 1} />
      </>
    );
  }
  if (state !== 'ended') return null;
  const isGood = !ended?.isError && tally.others.length === 0;
  return (
    <>
      {ended?.isError ? <ErrorNote message={ended.why} /> : null}
      {sofar === undefined ? null : (
        <Note tone={isGood ? 'good' : 'warn'}>
          {ended?.isError ? '' : `${ended?.why} `}
          {sofar}
        </Note>
      )}
    </>
  );
}

interface QuestionProps {
  readonly verb: Verb;
  readonly counted: LetterCountView;
  readonly onRun: (asStored: boolean) => void;
  readonly onClose: () => void;
}

function Question({ verb, counted, onRun, onClose }: QuestionProps) {
  const { count, more } = counted;
  const [asStored, setAsStored] = useState(false);
  const [typed, setTyped] = useState('');
  const many = lettersText(count);
  const mustType = verb === 'drop' && count > 1;
  return (
    <>
      <p>
        <strong>{many}</strong>
        {more ? ' (there are more: so many are done in one go)' : ''}{' '}
        {verb === 'redrive'
          ? `will be sent again. ${count === 1 ? 'It' : 'Each'} is removed once its destination has accepted it; what is refused stays.`
          : 'will be removed for good. Nobody can send them again or look at them afterwards.'}
      </p>
      {verb === 'redrive' ? (
        <p>
          <label>
            <input
              type="checkbox"
              checked={asStored}
              onChange={(event) => setAsStored(event.currentTarget.checked)}
            />{' '}
            Send what was refused then, not what the rules make of the row today
          </label>
        </p>
      ) : null}
      {mustType ? (
        <p>
          <label>
            Type the number {count} to confirm{' '}
            <input
              type="text"
              inputMode="numeric"
              autoComplete="off"
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
        </p>
      ) : null}
      <div class="dialog-acts">
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button
          type="button"
          class={verb === 'drop' ? 'danger' : 'main'}
          disabled={count === 0 || (mustType && typed.trim() !== String(count))}
          onClick={() => onRun(asStored)}
        >
          {verb === 'redrive' ? `Send ${many} again` : `Remove ${many} for good`}
        </button>
      </div>
    </>
  );
}

function Others({ of }: { readonly of: readonly LetterResult[] }) {
  if (of.length === 0) return null;
  return (
    <Table
      caption={
        of.length === MOST_SHOWN
          ? `The first ${MOST_SHOWN} that are still there, or may have arrived twice`
          : 'Those that are still there, or may have arrived twice'
      }
      columns={[
        { title: 'Result', cell: ({ result }) => result.replaceAll('_', ' '), by: ({ result }) => result },
        {
          title: 'Destination',
          cell: ({ destination }) => destination ?? '-',
          by: ({ destination }) => destination,
        },
        {
          title: 'Why',
          cell: ({ explained, message, code }) => (
            <Text
              value={
                [explained, message].filter(Boolean).join(': ') + (code === undefined ? '' : ` (${code})`)
              }
            />
          ),
        },
        { title: 'Name', cell: ({ name }) => <Text value={name} first={60} /> },
      ]}
      rows={of}
      rowKey={({ name }) => name}
      empty=""
    />
  );
}

function tallyText(verb: Verb, { tried, settled }: Tally): string {
  const done = verb === 'redrive' ? 'accepted and removed' : 'removed';
  return `${formatCount(settled)} ${done}, ${formatCount(tried - settled)} still there`;
}

function lettersText(count: number): string {
  return count === 1 ? '1 dead letter' : `${count.toLocaleString('en')} dead letters`;
}
