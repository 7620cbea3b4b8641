/** Silences: those that hold, with a button that ends one, and those that are over. */
import { useState } from 'preact/hooks';
import type { EndedSilenceLine, SilenceLine, SilencesPage } from '../../../src/console/model/alerts.ts';
import { type Loaded, sendAct } from '../../api.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { Count } from '../../parts/figures.tsx';
import { Panel, Trouble, ViewOf } from '../../parts/notes.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Text } from '../../parts/text.tsx';
import { Time } from '../../parts/time.tsx';
import { isOperator } from '../../session.ts';

export interface SilencesProps {
  readonly of: Loaded<SilencesPage>;
  readonly onChange: () => void;
}

export function Silences({ of: silences, onChange }: SilencesProps) {
  const [ending, setEnding] = useState<SilenceLine | undefined>();
  return (
    <Panel title="Silences">
      <ViewOf of={silences}>
        {({ active, ended, troubles }) => (
          <>
            <Trouble sentences={troubles} />
            <Table
              caption="Silences that hold"
              columns={isOperator() ? [...COLUMNS, endColumn(setEnding)] : COLUMNS}
              rows={active}
              rowKey={({ id }) => id}
              empty={troubles.length > 0 ? 'Unknown.' : 'No silence holds: people are told of every alert.'}
            />
            {ended.length === 0 ? null : (
              <details>
                <summary>{ended.length.toLocaleString('en')} over</summary>
                <Table
                  caption="Silences that are over"
                  columns={ENDED}
                  rows={ended}
                  rowKey={({ id }) => id}
                  empty="None."
                />
              </details>
            )}
          </>
        )}
      </ViewOf>
      {ending === undefined ? null : (
        <Confirm
          title="End a silence"
          verb={`End ${ending.id}`}
          onClose={() => setEnding(undefined)}
          onConfirm={async () => {
            await sendAct('alerts/end-silence', { id: ending.id });
            silences.reload();
            onChange();
          }}
        >
          <p>
            People are told of such alerts again: <Text value={what(ending)} />. It kept{' '}
            <Count value={ending.silenced} /> from them so far.
          </p>
        </Confirm>
      )}
    </Panel>
  );
}

function what({ rule, where }: SilenceLine): string {
  const conditions = where.map(({ column, value }) => `${column} is ${value}`);
  return [...(rule === undefined ? [] : [`rule ${rule}`]), ...conditions].join(', ');
}

const COLUMNS: readonly Column<SilenceLine>[] = [
  { title: 'Silence', cell: ({ id }) => <code>{id}</code> },
  { title: 'What', cell: (one) => <Text value={what(one)} first={200} /> },
  { title: 'Until', cell: ({ until }) => <Time at={until} />, by: ({ until }) => until },
  {
    title: 'Alerts',
    numeric: true,
    cell: ({ silenced }) => <Count value={silenced} />,
    by: ({ silenced }) => silenced,
  },
  { title: 'By', cell: ({ by }) => <Text value={by} />, by: ({ by }) => by },
  { title: 'Why', cell: ({ reason }) => <Text value={reason} first={200} /> },
];

const ENDED: readonly Column<EndedSilenceLine>[] = [
  ...COLUMNS.filter(({ title }) => title !== 'Until'),
  { title: 'Over since', cell: ({ endedOn }) => <Time at={endedOn} />, by: ({ endedOn }) => endedOn },
  {
    title: 'Ended by',
    cell: ({ endedBy, endReason }) =>
      endedBy === undefined ? (
        'its time'
      ) : (
        <Text value={endReason === undefined ? endedBy : `${endedBy}: ${endReason}`} first={200} />
      ),
  },
];

function endColumn(onEnd: (one: SilenceLine) => void): Column<SilenceLine> {
  return {
    title: 'Act',
    cell: (one) => (
      <button type="button" aria-label={`End the silence ${one.id}`} onClick={() => onEnd(one)}>
        End…
      </button>
    ),
  };
}
