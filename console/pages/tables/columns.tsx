/** The columns of a table: their bytes, and what reads them. */
import type { ColumnItem, ColumnsView } from '../../../src/console/model/tables.ts';
import { useView } from '../../api.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Bytes, Share } from '../../parts/figures.tsx';
import { Badge, type Tone, Trouble, ViewOf } from '../../parts/notes.tsx';
import { Table } from '../../parts/table.tsx';
import { plainText, Text } from '../../parts/text.tsx';

const EVERY_MS = 30_000;
const LONGEST_TITLE = 80;

const USES: Readonly<Record<ColumnItem['use'], readonly [Tone, string]>> = {
  read: ['good', 'read'],
  removed: ['quiet', 'removed by a step'],
  unread: ['warn', 'nobody reads it'],
  unknown: ['quiet', 'unknown'],
};

export interface ColumnsProps {
  readonly table: string;
  readonly onClose: () => void;
}

export function Columns({ table, onClose }: ColumnsProps) {
  const view = useView<ColumnsView>('tables/columns', { table }, EVERY_MS);
  return (
    <Dialog title={`Columns of ${plainText(table, LONGEST_TITLE)}`} onClose={onClose}>
      <ViewOf of={view}>
        {({ columns, unreadBytes, trouble }) => {
          const all = columns.reduce((sum, { bytes }) => sum + bytes, 0);
          return (
            <>
              <Trouble sentences={trouble} />
              {columns.length > 0 ? (
                <p>
                  In 24 hours, estimated from a sample: <Bytes value={all} />, of which nobody reads{' '}
                  <Bytes value={unreadBytes} />.
                </p>
              ) : null}
              <Table
                caption="Columns by bytes"
                hideCaption
                rows={columns}
                rowKey={({ name }) => name}
                empty="The columns of this table were not measured: telemetry.columns of relay.yaml says how many rows are."
                columns={[
                  {
                    title: 'Column',
                    by: ({ name }) => name,
                    cell: ({ name }) =>
                      name === 'other' ? (
                        'columns that the schema does not have'
                      ) : (
                        <Text value={name} first={60} />
                      ),
                  },
                  {
                    title: 'Bytes',
                    numeric: true,
                    by: ({ bytes }) => bytes,
                    cell: ({ bytes }) => <Bytes value={bytes} />,
                  },
                  {
                    title: 'Share',
                    numeric: true,
                    by: ({ bytes }) => bytes,
                    cell: ({ bytes }) => <Share part={bytes} whole={all} />,
                  },
                  {
                    title: 'Read by',
                    by: ({ use }) => use,
                    cell: ({ use, readers }) =>
                      readers.length > 0 ? (
                        <Text value={readers.join('; ')} first={120} />
                      ) : (
                        <Badge tone={USES[use][0]}>{USES[use][1]}</Badge>
                      ),
                  },
                ]}
              />
            </>
          );
        }}
      </ViewOf>
    </Dialog>
  );
}
