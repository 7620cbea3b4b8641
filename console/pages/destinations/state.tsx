/** Whether a destination takes what it is sent, as a word and as a sentence. */
import type { DestinationItem, OutOfServiceItem } from '../../../src/console/model/destinations.ts';
import { Badge, Note } from '../../parts/notes.tsx';
import { Text } from '../../parts/text.tsx';
import { Time, Unknown } from '../../parts/time.tsx';

const WORDS = { out: 'out of service', disabled: 'disabled', silent: 'takes no messages' } as const;

export function StateBadge({ of: { state, holds } }: { readonly of: DestinationItem }) {
  if (!state) return <Unknown why="The state could not be read." />;
  if (state.kind !== 'in_service') return <Badge tone="bad">{WORDS[state.kind]}</Badge>;
  if (holds.length === 0) return <Badge tone="good">in service</Badge>;
  return <Badge tone="warn">{holds.length === 1 ? '1 table held' : `${holds.length} tables held`}</Badge>;
}

export function StateSentence({ of: { state } }: { readonly of: DestinationItem }) {
  if (!state || state.kind === 'in_service') return null;
  return (
    <Note tone="bad">
      It {state.kind === 'silent' ? 'takes no messages' : `is ${WORDS[state.kind]}`} since{' '}
      <Time at={state.since} />: <Why of={state} />{' '}
      {state.nextTry === undefined ? (
        'It is not tried until somebody enables it; its rows wait in their blobs.'
      ) : (
        <>
          Next try <Time at={state.nextTry} />; its rows wait.
        </>
      )}
    </Note>
  );
}

export function Why({ of: { message, code } }: { readonly of: OutOfServiceItem }) {
  return (
    <>
      <Text value={message} /> (<Text value={code} />
      ).
    </>
  );
}
