/** The rows as a person pastes them, and the list of what became of each. */
import { useEffect, useState } from 'preact/hooks';
import { Badge } from '../../parts/notes.tsx';
import { Text } from '../../parts/text.tsx';
import { MOST_ROW_TEXT, type RowSummary } from '../engine/messages.ts';
import type { Model } from '../model.ts';
import type { CaptureRows } from '../props.ts';

/** The tables of samples.json, which is loaded when somebody asks for a sample. */
export const SAMPLED: readonly string[] = [
  'AlertEvidence',
  'AlertInfo',
  'CloudAppEvents',
  'DeviceEvents',
  'DeviceFileEvents',
  'DeviceImageLoadEvents',
  'DeviceInfo',
  'DeviceLogonEvents',
  'DeviceNetworkEvents',
  'DevicePeripheralEvents',
  'DeviceProcessEvents',
  'DeviceRegistryEvents',
  'EmailEvents',
  'EmailUrlInfo',
  'IdentityLogonEvents',
  'UrlClickEvents',
];

/** More would hold up the page whenever it is drawn or handed to the engine, which refuses it. */
const MOST_TEXT = MOST_ROW_TEXT.toLocaleString('en');

export interface RowsInputProps {
  readonly model: Model;
  readonly capture: CaptureRows | undefined;
}

export function RowsInput({ model, capture }: RowsInputProps) {
  const { state } = model;
  const [problem, setProblem] = useState('');
  const sample = async () => {
    const samples: Readonly<Record<string, unknown>> = (await import('../samples.json')).default;
    model.change({ rows: JSON.stringify(samples[state.value.table], undefined, 2) });
  };
  const isShort = (text: string) => {
    const isFitting = text.length <= MOST_ROW_TEXT;
    setProblem(isFitting ? '' : `That is too much: rows have at most ${MOST_TEXT} characters.`);
    return isFitting;
  };
  const { table, rows } = state.value;
  const tables = [...new Set([table, ...SAMPLED])].filter((one) => one !== '').toSorted();
  return (
    <section class="panel rows-input" aria-label="Rows">
      <h2>Rows</h2>
      <div class="tabs">
        <label>
          Table{' '}
          <select value={table} onChange={(event) => model.change({ table: event.currentTarget.value })}>
            {tables.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          disabled={!SAMPLED.includes(table)}
          onClick={() => void sample().catch(() => setProblem('The samples could not be loaded.'))}
        >
          Sample
        </button>
        {capture ? <Captured model={model} capture={capture} onProblem={setProblem} /> : null}
      </div>
      {problem ? (
        <p role="alert">
          <Text value={problem} />
        </p>
      ) : null}
      <label class="text-of-rows">
        One JSON object a line, an array, or Azure's own lines. Columns alone are rows of the table above.
        <textarea
          spellcheck={false}
          autocomplete="off"
          value={rows}
          onPaste={(event) => {
            if (isShort(event.clipboardData?.getData('text/plain') ?? '')) return;
            event.preventDefault();
          }}
          onInput={({ currentTarget: box }) => {
            if (isShort(box.value)) model.change({ rows: box.value });
            else box.value = state.value.rows;
          }}
        />
      </label>
    </section>
  );
}

interface CapturedProps {
  readonly model: Model;
  readonly capture: CaptureRows;
  readonly onProblem: (problem: string) => void;
}

function Captured({ model, capture, onProblem }: CapturedProps) {
  const [waitsFor, setWaitsFor] = useState('');
  const [left] = useState(() => new AbortController());
  useEffect(() => () => left.abort(), [left]);
  const take = async () => {
    const { table } = model.state.value;
    onProblem('');
    setWaitsFor(table);
    try {
      const rows = await capture(table, left.signal);
      if (!left.signal.aborted) model.change({ rows });
    } catch (error) {
      onProblem(error instanceof Error ? error.message : 'No row was captured.');
    }
    setWaitsFor('');
  };
  return (
    <>
      <button type="button" disabled={waitsFor !== ''} onClick={() => void take()}>
        Rows of the stream
      </button>
      <span role="status">{waitsFor === '' ? null : `Waiting for the next rows of ${waitsFor}…`}</span>
    </>
  );
}

export function Rows({ model }: { readonly model: Model }) {
  const { ran, chosen } = model;
  if (!ran.value || ran.value.rows.length === 0) return null;
  const { rows, total } = ran.value;
  return (
    <section class="panel" aria-label="What became of each row">
      <h2>What became of each row</h2>
      {total > rows.length ? (
        <p>
          Of {total.toLocaleString('en')} rows, the first {rows.length} are looked at.
        </p>
      ) : null}
      <div class="scroll">
        <table>
          <caption class="unshown">Rows, the destinations they go to, and the alerts they raise</caption>
          <thead>
            <tr>
              <th scope="col">Row</th>
              <th scope="col">Table</th>
              <th scope="col">Time</th>
              <th scope="col">Outcome</th>
              <th scope="col">Alerts</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.n} class={row.n === chosen.value ? 'chosen' : undefined}>
                <th scope="row">
                  <button
                    type="button"
                    aria-pressed={row.n === chosen.value}
                    onClick={() => void model.choose(row.n)}
                  >
                    {row.n + 1}
                  </button>
                </th>
                <td>
                  <Text value={row.table} />
                </td>
                <td>
                  <Text value={row.time} />
                </td>
                <td>
                  <OutcomeOf row={row} />
                </td>
                <td>
                  {row.alerts.map((title) => (
                    <div key={title}>
                      <Text value={title} />
                    </div>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function OutcomeOf({ row: { kind, reason = '', to } }: { readonly row: RowSummary }) {
  if (kind === 'unreadable') {
    return (
      <>
        <Badge tone="bad">unreadable</Badge> <Text value={reason} />
      </>
    );
  }
  if (kind === 'filtered') {
    return (
      <>
        <Badge tone="quiet">filtered</Badge> by <Text value={reason} />
      </>
    );
  }
  if (to.length === 0) return <Badge tone="warn">goes nowhere</Badge>;
  return (
    <>
      goes to <Text value={to.join(', ')} />
    </>
  );
}
