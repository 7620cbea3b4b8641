/** One group of alerts: what and how bad, how often, who was told, what matched, where to click. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { AlertGroup, AlertRows, ColumnText, Linked } from '../../../src/console/model/alerts.ts';
import { Count } from '../../parts/figures.tsx';
import { Badge, Note, type Tone } from '../../parts/notes.tsx';
import { plainText, Text } from '../../parts/text.tsx';
import { exactTime, Time } from '../../parts/time.tsx';
import { isOperator } from '../../session.ts';

const STATES: Readonly<Record<AlertGroup['state'], readonly [Tone, string]>> = {
  waiting: ['warn', 'not said yet'],
  news: ['warn', 'has news that are not said yet'],
  told: ['good', 'said'],
  over: ['quiet', 'said, and over'],
};

export interface GroupProps {
  readonly group: AlertGroup;
  readonly onSilence: () => void;
}

export function GroupCard({ group, onSilence }: GroupProps) {
  const { title, rule, severity, scope, count, state, destination, trouble, rows, silencedBy } = group;
  const [tone, said] = STATES[state];
  return (
    <article class={`group ${severity ?? 'no-level'}`} aria-label={plainText(title, 200)}>
      <h3>
        {severity === undefined ? null : <span class="level">{severity}</span>}{' '}
        <Text value={title} first={200} />
      </h3>
      <p class="row">
        <Badge tone={tone}>{said}</Badge>
        {silencedBy === undefined ? null : <Badge tone="quiet">silenced by {silencedBy}</Badge>}
        {scope === 'rule' ? <Badge tone="quiet">all further alerts of the rule</Badge> : null}
        <span>
          <Count value={count} /> {count === 1 ? 'alert' : 'alerts'}
        </span>
        <span>
          at <Text value={destination} />
        </span>
        <span>
          began <Time at={group.opened} />
        </span>
        {group.saidOn === undefined ? null : (
          <span>
            last said <Time at={group.saidOn} />
          </span>
        )}
      </p>
      {trouble === undefined ? null : (
        <Note tone="bad">
          {trouble.failures === 1 ? 'A message' : `${trouble.failures} messages`} failed; the next try is due{' '}
          <Time at={trouble.next} />.
        </Note>
      )}
      <dl class="facts">
        {rule === undefined || rule.title === title ? null : (
          <Fact name="Rule">
            <Text value={rule.title} first={200} />
          </Fact>
        )}
        <Fact name="Events">
          <Text value={eventTimes(group)} />
        </Fact>
        <Fact name="Tables">
          <Text value={group.tables.join(', ') || 'many'} />
        </Fact>
        {rows ? <Entities rows={rows} /> : null}
        {group.others.length === 0 ? null : (
          <Fact name="Other rules">
            <Text value={group.others.map((one) => one.title).join(', ')} />
          </Fact>
        )}
      </dl>
      <Links title="Tags" links={group.tags} />
      {rows ? (
        <>
          <Links title="In Defender" links={rows.pages} />
          <Values title="What matched" values={rows.matched} />
          <Values title="Grouped by" values={rows.groupedBy} />
        </>
      ) : (
        <Note>What the rows hold is not shown: console.rows in relay.yaml does not allow it.</Note>
      )}
      <p class="row">
        {isOperator() ? (
          <button type="button" onClick={onSilence}>
            Silence…
          </button>
        ) : null}
        {rows ? <Exception rows={rows} /> : null}
      </p>
    </article>
  );
}

/** Times as rows hold them: those that are none stay as they are. */
function eventTimes({ firstTime, lastTime }: AlertGroup): string {
  const [first, last] = [firstTime, lastTime].map((time) => {
    const at = Date.parse(time);
    return Number.isNaN(at) ? time : exactTime(at);
  });
  return first === last ? `${first}` : `${first} to ${last}`;
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Entities({ rows: { entities } }: { readonly rows: AlertRows }) {
  return (
    <>
      {entities.map(({ kind, names, more }) => (
        <Fact key={kind} name={kind.replaceAll('_', ' ')}>
          <Text value={names.join(', ')} first={200} />
          {more > 0
            ? `${names.length > 0 ? ' and ' : ''}${more} ${names.length > 0 ? 'more' : 'not shown'}`
            : ''}
        </Fact>
      ))}
    </>
  );
}

/** Addresses come from the relay, which makes only https ones; a value of a row never is one. */
function Links({ title, links }: { readonly title: string; readonly links: readonly Linked[] }) {
  if (links.length === 0) return null;
  return (
    <p class="row">
      <span class="quiet-label">{title}:</span>
      {links.map(({ label, url }) =>
        url?.startsWith('https://') ? (
          <a key={label} href={url} target="_blank" rel="noopener noreferrer">
            <Text value={label} />
          </a>
        ) : (
          <Text key={label} value={label} />
        ),
      )}
    </p>
  );
}

function Values({ title, values }: { readonly title: string; readonly values: readonly ColumnText[] }) {
  if (values.length === 0) return null;
  return (
    <>
      <h4>{title}</h4>
      <dl class="values">
        {values.map(({ column, value }, at) => (
          <div key={at}>
            <dt>
              <Text value={column} />
            </dt>
            <dd>
              <Text value={value} />
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Exception({ rows: { exception, noException } }: { readonly rows: AlertRows }) {
  const [open, setOpen] = useState(false);
  const [copied, setCopied] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(exception ?? '');
      setCopied('Copied.');
    } catch {
      // Without https, or where the browser does not allow it.
      setCopied('The browser does not allow that: select the text and copy it.');
    }
  };
  return (
    <>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        Suggested exception
      </button>
      {open ? (
        <div class="exception">
          {exception === undefined ? (
            <Note>{noException}</Note>
          ) : (
            <>
              <Note>
                For a file in exceptions/. Take out the columns that need not be equal, and look at its end
                and its owner.
              </Note>
              <Text value={exception} block first={8_000} />
              <p class="row">
                <button type="button" onClick={copy}>
                  Copy
                </button>
                <span role="status">{copied}</span>
              </p>
            </>
          )}
        </div>
      ) : null}
    </>
  );
}
