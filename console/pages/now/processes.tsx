/** The processes of the relay: which are alive, and what they hold. */
import type { NowView } from '../../../src/console/model/now.ts';
import { Bytes, Count } from '../../parts/figures.tsx';
import { Badge, Panel } from '../../parts/notes.tsx';
import { Table } from '../../parts/table.tsx';
import { Text } from '../../parts/text.tsx';
import { Time, Unknown } from '../../parts/time.tsx';

const TONES = { alive: 'good', stale: 'warn', ended: 'quiet' } as const;

export function Processes({ processes }: { readonly processes: NowView['processes'] | undefined }) {
  return (
    <Panel title="Processes">
      {processes ? (
        <Table
          caption="Processes of the relay, of the last 24 hours"
          hideCaption
          rows={processes}
          rowKey={({ id }) => id}
          empty="No process has written what it does: each does so some seconds after its start."
          columns={[
            { title: 'Host', by: ({ host }) => host, cell: ({ host }) => <Text value={host} first={60} /> },
            {
              title: 'State',
              by: ({ state }) => state,
              cell: ({ state, consumes }) => (
                <>
                  <Badge tone={TONES[state]}>{state}</Badge>
                  {consumes ? null : ' reads no rows'}
                </>
              ),
            },
            {
              title: 'Last heard',
              by: ({ writtenOn }) => writtenOn,
              cell: ({ writtenOn }) => <Time at={writtenOn} />,
            },
            {
              title: 'Started',
              by: ({ startedOn }) => startedOn,
              cell: ({ startedOn }) => <Time at={startedOn} />,
            },
            { title: 'Version', cell: ({ version }) => <Text value={version} first={40} /> },
            {
              title: 'Rules',
              cell: ({ rules }) => (rules === undefined ? 'none yet' : <Text value={rules} first={40} />),
            },
            {
              title: 'Blobs in hand',
              numeric: true,
              by: ({ blobs }) => blobs,
              cell: ({ blobs, state }) => (state === 'alive' ? <Count value={blobs} /> : <Unknown />),
            },
            {
              title: 'Memory',
              numeric: true,
              by: ({ memoryBytes }) => memoryBytes,
              cell: ({ memoryBytes, state }) => <Bytes value={state === 'alive' ? memoryBytes : undefined} />,
            },
            {
              title: 'Threads',
              numeric: true,
              cell: ({ threads, state }) => (state === 'alive' ? <Count value={threads} /> : <Unknown />),
            },
          ]}
        />
      ) : (
        <Unknown why="The state does not tell." />
      )}
    </Panel>
  );
}
