/** What grows old in a set of rules: exceptions with an end, and lists. */
import type { ExceptionLine, ListLine } from '../../../src/console/model/rules.ts';
import { Count } from '../../parts/figures.tsx';
import { Badge, Panel } from '../../parts/notes.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { ShortText, Text } from '../../parts/text.tsx';
import { formatAge, Time } from '../../parts/time.tsx';
import { pageHref } from '../../shell/router.ts';

const STATES = {
  expired: <Badge tone="bad">expired</Badge>,
  'ends-soon': <Badge tone="warn">ends soon</Badge>,
  'in-force': <Badge tone="quiet">in force</Badge>,
} as const;

const EXCEPTIONS: readonly Column<ExceptionLine>[] = [
  { title: 'Exception', cell: ({ title }) => <Text value={title} first={120} />, by: ({ title }) => title },
  { title: 'State', cell: ({ state }) => STATES[state] },
  {
    title: 'Ends',
    cell: ({ expires }) => (expires === undefined ? 'never' : <Time at={expires} />),
    by: ({ expires }) => expires,
  },
  {
    title: 'Narrows',
    cell: ({ rules, moreRules }) => (
      <>
        <Text value={rules.join(', ')} first={120} />
        {moreRules > 0 ? ` and ${moreRules} more` : ''}
      </>
    ),
  },
  { title: 'Owner', cell: ({ owner = '' }) => <Text value={owner} />, by: ({ owner }) => owner },
  { title: 'Ticket', cell: ({ ticket = '' }) => <Text value={ticket} /> },
  {
    title: 'File',
    cell: ({ file, line }) => (
      <a href={pageHref('rules', { file, line: String(line) })}>
        <ShortText value={`${file}:${line}`} />
      </a>
    ),
  },
];

export function Exceptions({
  lines,
  more,
}: {
  readonly lines: readonly ExceptionLine[];
  readonly more: number;
}) {
  return (
    <Panel title="Exceptions">
      <Table
        caption="Exceptions and filters with an owner or an end"
        hideCaption
        columns={EXCEPTIONS}
        rows={lines}
        rowKey={({ file, line }) => `${file}:${line}`}
        empty="There are no exceptions."
      />
      {more > 0 ? <p>And {more.toLocaleString('en')} more, which end later.</p> : null}
    </Panel>
  );
}

const LISTS: readonly Column<ListLine>[] = [
  { title: 'List', cell: ({ name }) => <Text value={name} />, by: ({ name }) => name },
  { title: 'Type', cell: ({ type }) => <Text value={type} first={40} />, by: ({ type }) => type },
  {
    title: 'Entries',
    numeric: true,
    cell: ({ entries }) => <Count value={entries} />,
    by: ({ entries }) => entries,
  },
  { title: 'Written', cell: ({ written }) => <Time at={written} />, by: ({ written }) => written },
  {
    title: 'May be old',
    cell: ({ maxAge }) => (maxAge === undefined ? 'any age' : formatAge(maxAge)),
    by: ({ maxAge }) => maxAge,
  },
  {
    title: 'State',
    cell: ({ isOld }) => (isOld ? <Badge tone="warn">too old</Badge> : <Badge tone="good">current</Badge>),
  },
];

export function Lists({ lines }: { readonly lines: readonly ListLine[] }) {
  return (
    <Panel title="Lists">
      <Table
        caption="Lists of the rules in force"
        hideCaption
        columns={LISTS}
        rows={lines}
        rowKey={({ name }) => name}
        empty="The rules use no lists."
      />
    </Panel>
  );
}
