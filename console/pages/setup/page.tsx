/** The page Setup: the checks of "xdr-relay doctor", group by group, run when an operator asks for it. */
import { useState } from 'preact/hooks';
import type {
  SetupCheck,
  SetupFinding,
  SetupGroup,
  SetupPage,
  SetupRunBody,
} from '../../../src/console/model/setup.ts';
import { apiError, sendAct, useView } from '../../api.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { Badge, ErrorNote, Note, Panel, type Tone, ViewOf } from '../../parts/notes.tsx';
import { Stale } from '../../parts/stale.tsx';
import { Text } from '../../parts/text.tsx';
import { Time } from '../../parts/time.tsx';
import { attention, isOperator } from '../../session.ts';
import './setup.css';

const STATES = { ok: ['good', 'ok'], found: ['bad', 'found'], unknown: ['quiet', 'could not look'] } as const;
const SEVERITIES: Readonly<Record<SetupFinding['severity'], Tone>> = {
  error: 'bad',
  warning: 'warn',
  note: 'quiet',
};

const NOT_CHECKED = 'The checks are run by the process that serves this page, and say nothing of that one.';

/** What runs: the group, and how many of all are done. */
interface Running {
  readonly group: string;
  readonly done: number;
  readonly of: number;
}

export function Page() {
  const setup = useView<SetupPage>('setup', {}, 30_000);
  /** What this browser has run, by group: another process or isolate may answer the next look, and it does not know. */
  const [own, setOwn] = useState<Readonly<Record<string, SetupGroup>>>({});
  const [running, setRunning] = useState<Running | undefined>();
  const [failed, setFailed] = useState<string | undefined>();
  const [sending, setSending] = useState(false);
  /** One group after the other: each is a request of its own, which takes at most half a minute. */
  const run = async (bodies: readonly SetupRunBody[]) => {
    setFailed(undefined);
    try {
      for (const [done, body] of bodies.entries()) {
        setRunning({ group: body.group, done, of: bodies.length });
        const ran = await sendAct<SetupGroup>('setup/run', body);
        setOwn((before) => ({ ...before, [ran.id]: ran }));
      }
    } catch (error) {
      setFailed(apiError(error).message);
    } finally {
      setRunning(undefined);
      setup.reload();
    }
  };
  return (
    <ViewOf of={setup}>
      {({ groups, trouble }) => (
        <>
          <p>
            Each check says what is wrong and what to do. They ask storage accounts, queues and destinations,
            and change nothing but a document in the state, which they remove.
          </p>
          <Stale of={attention.value?.silent} alone={NOT_CHECKED}>
            {NOT_CHECKED}
          </Stale>
          {trouble === undefined ? null : <Note tone="warn">{trouble}</Note>}
          {failed === undefined ? null : <ErrorNote message={failed} />}
          {isOperator() && trouble === undefined ? (
            <p class="row">
              <button
                type="button"
                class="main"
                disabled={running !== undefined}
                onClick={() => run(groups.map(({ id }) => ({ group: id })))}
              >
                Run all checks
              </button>
              <button type="button" disabled={running !== undefined} onClick={() => setSending(true)}>
                Send a test event…
              </button>
              <span role="status">
                {running === undefined
                  ? ''
                  : `Running ${groups.find(({ id }) => id === running.group)?.title ?? running.group}: ${running.done + 1} of ${running.of}`}
              </span>
            </p>
          ) : null}
          {running === undefined ? null : (
            <progress value={running.done} max={running.of} aria-label="Checks that are done" />
          )}
          {groups.map((group) => (
            <Group
              key={group.id}
              group={newest(group, own[group.id])}
              isRunning={running?.group === group.id}
              onRun={
                isOperator() && trouble === undefined && running === undefined
                  ? () => run([{ group: group.id }])
                  : undefined
              }
            />
          ))}
          {sending ? (
            <Confirm
              title="Send a test event"
              verb="Send"
              onClose={() => setSending(false)}
              onConfirm={async () => {
                setSending(false);
                await run([{ group: 'destinations', send: true }]);
              }}
            >
              <p>
                Each destination is sent one event that says that it is a test, channels of people included:
                people read it.
              </p>
            </Confirm>
          ) : null}
        </>
      )}
    </ViewOf>
  );
}

function newest(known: SetupGroup, own: SetupGroup | undefined): SetupGroup {
  return own !== undefined && (own.ran?.on ?? 0) > (known.ran?.on ?? 0) ? own : known;
}

interface GroupProps {
  readonly group: SetupGroup;
  readonly isRunning: boolean;
  readonly onRun: (() => void) | undefined;
}

function Group({ group: { title, checks, ran }, isRunning, onRun }: GroupProps) {
  return (
    <Panel title={title}>
      <p class="row">
        {ran === undefined ? (
          <span>Not run in this process yet.</span>
        ) : (
          <span>
            Run <Time at={ran.on} /> by <Text value={ran.by} />
            {ran.sent ? ', with a test event to each destination' : ''}.
          </span>
        )}
        {onRun === undefined ? null : (
          <button type="button" aria-label={`Run the checks: ${title}`} onClick={onRun}>
            Run
          </button>
        )}
        {isRunning ? <span>Running…</span> : null}
      </p>
      <ul class="checks">
        {checks.map((check) => (
          <li key={check.id}>
            <Check check={check} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Check({ check: { title, notRun, result } }: { readonly check: SetupCheck }) {
  const [tone, word] = result
    ? STATES[result.state]
    : (['quiet', notRun === undefined ? 'not run' : 'not here'] as const);
  return (
    <>
      <p class="row">
        <Badge tone={tone}>{word}</Badge>
        <span>{title}</span>
        {result ? <span class="seconds">{result.seconds.toFixed(1)} s</span> : null}
      </p>
      {notRun === undefined ? null : <p class="finding">{notRun}</p>}
      {result?.findings.map(({ severity, message, fix }, at) => (
        <div key={at} class="finding">
          <Badge tone={SEVERITIES[severity]}>{severity}</Badge> <Text value={message} first={1_000} />
          {fix === undefined ? null : (
            <p>
              What to do: <Text value={fix} first={1_000} />
            </p>
          )}
        </div>
      ))}
    </>
  );
}
