/** The page Alerts: groups as people were told of them, newest first, and silences. */
import { useId, useState } from 'preact/hooks';
import type {
  AlertDestination,
  AlertGroup,
  AlertsPage,
  SilencesPage,
} from '../../../src/console/model/alerts.ts';
import { useView } from '../../api.ts';
import { Choice } from '../../parts/choice.tsx';
import { Count } from '../../parts/figures.tsx';
import { Badge, Empty, Note, Panel, Trouble, ViewOf } from '../../parts/notes.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Stale } from '../../parts/stale.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Text } from '../../parts/text.tsx';
import { Duration, Time } from '../../parts/time.tsx';
import { attention } from '../../session.ts';
import { navigate, pageHref, route } from '../../shell/router.ts';
import { GroupCard } from './group.tsx';
import { RuleHits } from './rule-hits.tsx';
import { SilenceDialog } from './silence.tsx';
import { Silences } from './silences.tsx';
import './alerts.css';

const LEVELS: readonly (readonly [value: string, label: string])[] = [
  ['', 'Any severity'],
  ...(['critical', 'high', 'medium', 'low', 'informational'] as const).map(
    (level) => [level, level] as const,
  ),
];

function parameters(): Readonly<Record<string, string | undefined>> {
  const get = (name: string) => route.value.query.get(name) || undefined;
  return {
    destination: get('destination'),
    severity: get('severity'),
    rule: get('rule'),
    q: get('q'),
    after: get('after'),
  };
}

function open(change: Readonly<Record<string, string | undefined>>, replace = false): void {
  navigate(pageHref('alerts', { ...parameters(), after: undefined, ...change }), { replace });
}

export function Page() {
  const alerts = useView<AlertsPage>('alerts', parameters(), 10_000);
  const silences = useView<SilencesPage>('alerts/silences', {}, 10_000);
  const [silencing, setSilencing] = useState<AlertGroup | undefined>();
  const holding = silences.data?.active.length ?? 0;
  return (
    <>
      <Stale
        of={attention.value?.silent}
        alone="No consumer is alive: no row is looked at, and people are told of no alert."
      >
        Another consumer reads its rows again from the last checkpoint, and tells people of its alerts.
      </Stale>
      {holding === 0 ? null : (
        <Note>
          {holding === 1 ? 'A silence holds' : `${holding} silences hold`}: people are not told of every
          alert. Below is of which.
        </Note>
      )}
      <ViewOf of={alerts}>
        {(data) =>
          data.destinations.length === 0 ? (
            <Machines />
          ) : (
            <>
              <Filters destinations={data.destinations} />
              <Groups data={data} onSilence={setSilencing} />
              <Destinations lines={data.destinations} />
            </>
          )
        }
      </ViewOf>
      <Silences of={silences} onChange={alerts.reload} />
      {silencing === undefined ? null : (
        <SilenceDialog
          group={silencing}
          onClose={() => setSilencing(undefined)}
          onBegan={() => {
            silences.reload();
            alerts.reload();
          }}
        />
      )}
    </>
  );
}

/** Alerts that go to machines alone are not grouped. */
function Machines() {
  return (
    <>
      <Note>
        No destination is for people, and none has group_alerts: machines are sent each alert as it is raised,
        and the relay keeps nothing of it. What it knows is how often each rule matched.
      </Note>
      <RuleHits />
    </>
  );
}

const DESTINATIONS: readonly Column<AlertDestination>[] = [
  { title: 'Destination', cell: ({ name }) => <Text value={name} />, by: ({ name }) => name },
  { title: 'Type', cell: ({ type }) => type, by: ({ type }) => type },
  {
    title: 'Groups',
    numeric: true,
    cell: ({ groups }) => <Count value={groups} />,
    by: ({ groups }) => groups,
  },
  {
    title: 'Not told yet',
    numeric: true,
    cell: ({ pending }) => <Count value={pending} />,
    by: ({ pending }) => pending,
  },
  { title: 'Overdue', cell: ({ overdueSeconds }) => <Overdue seconds={overdueSeconds} /> },
  {
    title: 'State',
    cell: ({ pause }) =>
      pause ? (
        <>
          <Badge tone="bad">takes no messages</Badge>{' '}
          <Text value={`${pause.message} (${pause.code})`} first={200} />, since <Time at={pause.since} />
        </>
      ) : (
        <Badge tone="good">takes messages</Badge>
      ),
  },
];

function Overdue({ seconds }: { readonly seconds: number | undefined }) {
  return seconds === 0 ? <>no</> : <Duration seconds={seconds} />;
}

function Destinations({ lines }: { readonly lines: readonly AlertDestination[] }) {
  return (
    <Panel title="Who is told">
      <Table
        caption="Destinations whose alerts are grouped"
        hideCaption
        columns={DESTINATIONS}
        rows={lines}
        rowKey={({ name }) => name}
        empty="There are none."
      />
    </Panel>
  );
}

function Filters({ destinations }: { readonly destinations: readonly AlertDestination[] }) {
  const { destination = '', severity = '', rule = '', q = '' } = parameters();
  const names = destinations.map(({ name }) => [name, name] as const);
  return (
    <search class="row">
      <Choice
        label="Destination"
        options={[['', 'All destinations'], ...names]}
        value={destination}
        onChange={(value) => open({ destination: value })}
      />
      <Choice
        label="Severity"
        options={LEVELS}
        value={severity}
        onChange={(value) => open({ severity: value })}
      />
      <Field label="Rule" value={rule} onInput={(value) => open({ rule: value }, true)} />
      <Field label="Text" value={q} onInput={(value) => open({ q: value }, true)} />
    </search>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

function Field({ label, value, onInput }: FieldProps) {
  const id = useId();
  return (
    <span class="pair">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="search"
        maxLength={200}
        value={value}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
    </span>
  );
}

interface GroupsProps {
  readonly data: AlertsPage;
  readonly onSilence: (group: AlertGroup) => void;
}

function Groups({ data: { groups, looked, next, unreadable, troubles }, onSilence }: GroupsProps) {
  const isFirst = looked.from === 0;
  return (
    <Panel title="Alerts">
      <Trouble sentences={troubles} />
      {unreadable > 0 ? (
        <Note tone="warn">
          {unreadable === 1 ? 'A document of groups is' : `${unreadable} documents of groups are`} damaged:
          what is in them is not shown. A consumer mends them at its next look.
        </Note>
      ) : null}
      {groups.length === 0 ? (
        <Empty>
          {looked.of === 0
            ? 'There is no group of alerts. Groups are kept until some time after they are over.'
            : 'No group fits.'}
        </Empty>
      ) : (
        <ul class="groups">
          {groups.map((group) => (
            <li key={group.key}>
              <GroupCard group={group} onSilence={() => onSilence(group)} />
            </li>
          ))}
        </ul>
      )}
      <Pager
        label="Alerts"
        where={`rules ${(looked.from + 1).toLocaleString('en')} to ${looked.to.toLocaleString('en')} of ${looked.of.toLocaleString('en')}, those with news first`}
        onNewer={isFirst ? undefined : () => history.back()}
        onOlder={next === undefined ? undefined : () => open({ after: String(next) })}
      />
    </Panel>
  );
}
