/** One dead letter: why it is one, its bytes, what was sent, and what was answered. */
import type { ComponentChildren } from 'preact';
import type { LetterView } from '../../../src/console/model/dead-letters.ts';
import { useView } from '../../api.ts';
import { formatCount } from '../../parts/figures.tsx';
import { Panel, ViewOf } from '../../parts/notes.tsx';
import { Shown } from '../../parts/shown-text.tsx';
import { Text } from '../../parts/text.tsx';
import { exactTime, Time } from '../../parts/time.tsx';
import { isOperator } from '../../session.ts';
import type { Verb } from './running.ts';

export interface LetterPanelProps {
  readonly name: string;
  readonly closeHref: string;
  readonly onAct: (verb: Verb) => void;
}

export function LetterPanel({ name, closeHref, onAct }: LetterPanelProps) {
  const view = useView<LetterView>('dead-letters/letter', { name }, 0);
  return (
    <Panel title="A dead letter">
      <p class="row">
        {isOperator() ? (
          <>
            <button type="button" onClick={() => onAct('redrive')}>
              Send it again…
            </button>
            <button type="button" onClick={() => onAct('drop')}>
              Remove it…
            </button>
          </>
        ) : null}
        <a href={closeHref}>Close</a>
      </p>
      <ViewOf of={view}>{(data) => <Letter of={data} />}</ViewOf>
    </Panel>
  );
}

function Letter({
  of: { letter, message, answers, isolating, details, row, payload },
}: {
  readonly of: LetterView;
}) {
  const { destination, reason, source, table, rule, id, blob, offset, storedOn } = letter;
  const facts: readonly (readonly [string, ComponentChildren] | false)[] = [
    ['Destination', destination ?? 'none: the row could not be read'],
    [
      'Why',
      <>
        <Text value={message} /> (<Text value={reason} />)
      </>,
    ],
    [
      'Stored',
      <>
        <Time at={storedOn} />, {exactTime(storedOn)}
      </>,
    ],
    isolating !== undefined && [
      'Still tried',
      <>
        {formatCount(isolating.tries)} times since <Time at={isolating.since} />, next{' '}
        <Time at={isolating.next} />
      </>,
    ],
    table !== undefined && ['Table', <Text key="table" value={table} />],
    rule !== undefined && ['Rule', <Text key="rule" value={rule} />],
    id !== undefined && ['Event id', <Text key="id" value={id} />],
    source !== undefined && ['Source', <Text key="source" value={source} />],
    [
      'Blob',
      <>
        <Text value={blob ?? 'unknown'} />, byte {offset.toLocaleString('en')}
      </>,
    ],
    details !== undefined && ['Details', <Text key="details" value={details} />],
  ];
  return (
    <>
      <dl class="list">
        {facts
          .filter((fact) => fact !== false)
          .map(([title, value]) => (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
      {answers.length > 1 ? (
        <>
          <h3>What was answered to the row alone</h3>
          <ul>
            {answers.map(({ code, message: said }) => (
              <li key={`${code} ${said}`}>
                <Text value={said} /> (<Text value={code} />)
              </li>
            ))}
          </ul>
        </>
      ) : null}
      <h3>The row</h3>
      <Shown of={row} />
      <h3>What was sent</h3>
      {payload ? (
        <Shown of={payload} />
      ) : (
        <p class="empty">It was stored without what was sent: the rules make it anew.</p>
      )}
    </>
  );
}
