/** What an operator can do with a destination: test it, put it back into service, replay hours to it. */
import { useState } from 'preact/hooks';
import type { DestinationItem, Done, TestResult } from '../../../src/console/model/destinations.ts';
import { sendAct } from '../../api.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { Note } from '../../parts/notes.tsx';
import { Text } from '../../parts/text.tsx';
import { Replay } from './replay.tsx';

export interface ActsProps {
  readonly of: DestinationItem;
  readonly sources: readonly string[];
  readonly onDone: () => void;
}

type Asked = 'test' | 'reset' | 'enable' | 'replay';

export function Acts({ of: { name, state, holds }, sources, onDone }: ActsProps) {
  const [asked, setAsked] = useState<Asked | undefined>();
  const [tested, setTested] = useState<TestResult | undefined>();
  const [said, setSaid] = useState<string | undefined>();
  const close = () => setAsked(undefined);
  const isOut = state?.kind === 'out' || state?.kind === 'silent' || holds.length > 0;
  const run = async (act: 'reset' | 'enable') => {
    const answer = await sendAct<Done>(`destinations/${act}`, { destination: name });
    setSaid(answer.said);
    onDone();
  };
  return (
    <>
      <div class="row">
        <button type="button" onClick={() => setAsked('test')}>
          Test…
        </button>
        {state?.kind === 'disabled' ? (
          <button type="button" onClick={() => setAsked('enable')}>
            Enable…
          </button>
        ) : null}
        {isOut ? (
          <button type="button" onClick={() => setAsked('reset')}>
            Reset…
          </button>
        ) : null}
        <button type="button" onClick={() => setAsked('replay')}>
          Replay hours…
        </button>
      </div>
      <div aria-live="polite">
        {said === undefined ? null : (
          <Note tone="good">
            <Text value={said} />
          </Note>
        )}
        {tested ? <Tested of={tested} /> : null}
      </div>
      {asked === 'test' ? (
        <Confirm
          title={`Test ${name}`}
          verb={`Send a test event to ${name}`}
          onClose={close}
          onConfirm={async () => {
            setTested(undefined);
            setTested(await sendAct<TestResult>('destinations/test', { destination: name }));
          }}
        >
          <p>
            One event is sent that says of itself that it is a test of xdr-relay (device{' '}
            <code>xdr-relay-doctor</code>). It will be stored there, or shown to people.
          </p>
        </Confirm>
      ) : null}
      {asked === 'reset' ? (
        <Confirm
          title={`Reset ${name}`}
          verb={`Reset ${name}`}
          onClose={close}
          onConfirm={() => run('reset')}
        >
          <p>
            Its breaker is closed, held tables are released, and messages wait no longer: consumers try it
            again within 10 seconds. Nothing is lost if it still refuses; it is then out of service again.
          </p>
        </Confirm>
      ) : null}
      {asked === 'enable' ? (
        <Confirm
          title={`Enable ${name}`}
          verb={`Enable ${name}`}
          onClose={close}
          onConfirm={() => run('enable')}
        >
          <p>
            It is sent rows again from where it stopped, within 10 seconds: everything that waited since then.
          </p>
        </Confirm>
      ) : null}
      {asked === 'replay' ? <Replay name={name} sources={sources} onClose={close} onDone={onDone} /> : null}
    </>
  );
}

function Tested({
  of: { destination, accepted, milliseconds, code, message, fix },
}: {
  readonly of: TestResult;
}) {
  if (accepted) {
    return (
      <Note tone="good">
        {destination} took the test event, in {milliseconds.toLocaleString('en')} ms.
      </Note>
    );
  }
  return (
    <Note tone="bad">
      {destination} did not take the test event, after {milliseconds.toLocaleString('en')} ms:{' '}
      <Text value={message ?? ''} />
      {code === undefined ? null : ` (${code})`}. {fix === undefined ? null : <Text value={`${fix}.`} />}
    </Note>
  );
}
