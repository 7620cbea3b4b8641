/** All rules of the set in force with their hits, searched, sorted and paged by the relay. */
import { useId } from 'preact/hooks';
import type { RuleLine, RuleList } from '../../../src/console/model/rules.ts';
import { useView } from '../../api.ts';
import { Choice } from '../../parts/choice.tsx';
import { Count } from '../../parts/figures.tsx';
import { Badge, Note, Panel, ViewOf } from '../../parts/notes.tsx';
import { Pager } from '../../parts/pager.tsx';
import { Spark } from '../../parts/spark.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { plainText, ShortText, Text } from '../../parts/text.tsx';
import { navigate, pageHref, route } from '../../shell/router.ts';

const SHOWN: readonly (readonly [value: string, label: string])[] = [
  ['', 'All rules'],
  ['hit', 'Hit in 24 hours'],
  ['never', 'Never hit in 24 hours'],
  ['silent', 'Only feed correlations'],
  ['off', 'Switched off'],
];
const SORTS: readonly (readonly [value: string, label: string])[] = [
  ['', 'Noisiest first'],
  ['level', 'Highest level first'],
  ['title', 'By title'],
];
const HOUR_MS = 3_600_000;

/** The parameters of the address that this part of the page has. */
function parameters(): Readonly<Record<string, string | undefined>> {
  const get = (name: string) => route.value.query.get(name) ?? undefined;
  return {
    q: get('q'),
    show: get('show'),
    sort: get('sort'),
    technique: get('technique'),
    page: get('page'),
  };
}

function open(change: Readonly<Record<string, string | undefined>>, replace = false): void {
  navigate(pageHref('rules', { ...parameters(), page: undefined, ...change }), { replace });
}

export function RuleTable() {
  const { q = '', show, sort, technique, page = '1' } = parameters();
  const query = { q, show: show || undefined, sort: sort || undefined, technique, page };
  const list = useView<RuleList>('rules/list', query, 15_000);
  const number = Number(page);
  const id = useId();
  return (
    <Panel title="Rules">
      <search class="row">
        <label for={`${id}q`}>Find</label>
        <input
          id={`${id}q`}
          type="search"
          maxLength={200}
          value={q}
          placeholder="Title, id, file, table, destination"
          onInput={(event) => open({ q: event.currentTarget.value }, true)}
        />
        <Choice label="Show" options={SHOWN} value={show ?? ''} onChange={(value) => open({ show: value })} />
        <Choice
          label="Order"
          options={SORTS}
          value={sort ?? ''}
          onChange={(value) => open({ sort: value })}
        />
        {technique === undefined ? null : (
          <button type="button" onClick={() => open({ technique: undefined })}>
            Only {plainText(technique, 20)}: show all techniques
          </button>
        )}
      </search>
      <ViewOf of={list}>
        {(data) => (
          <>
            {data.trouble === undefined ? null : (
              <Note tone="warn">
                <Text value={data.trouble} first={600} />
              </Note>
            )}
            <Table
              caption="Rules of the set in force"
              hideCaption
              columns={COLUMNS}
              rows={data.rules}
              rowKey={(rule) => `${rule.kind} ${rule.rule}`}
              empty="No rule fits."
            />
            <Pager
              label="Rules"
              where={`page ${data.page} of ${data.pages}, ${data.total.toLocaleString('en')} rules`}
              onNewer={number > 1 ? () => open({ page: String(number - 1) }) : undefined}
              onOlder={number < data.pages ? () => open({ page: String(number + 1) }) : undefined}
            />
          </>
        )}
      </ViewOf>
    </Panel>
  );
}

const COLUMNS: readonly Column<RuleLine>[] = [
  {
    title: 'Rule',
    cell: ({ title, state, file, line }) => (
      <>
        <Text value={title} first={120} />{' '}
        {state === 'raises' ? null : (
          <Badge tone="quiet">{state === 'off' ? 'off' : 'feeds correlations'}</Badge>
        )}
        {file === undefined ? null : (
          <small>
            <a href={pageHref('rules', { file, line: line?.toString() })}>
              <ShortText value={line === undefined ? file : `${file}:${line}`} />
            </a>
          </small>
        )}
      </>
    ),
  },
  { title: 'Level', cell: ({ level }) => level ?? '' },
  { title: 'Hits, 24\u00a0h', numeric: true, cell: ({ hits }) => <Count value={hits} /> },
  {
    title: 'By hour',
    cell: ({ hours }) =>
      hours ? <Spark series={{ step: HOUR_MS, from: 0, counts: hours }} what="hits" /> : null,
  },
  {
    title: 'Tables',
    cell: ({ tables, kind }) =>
      kind === 'correlation' ? 'correlation' : <Text value={tables.join(', ')} first={120} />,
  },
  {
    title: 'To',
    cell: ({ to }) =>
      to.map((name, at) => (
        <span key={name} class="whole">
          {name}
          {at < to.length - 1 ? ', ' : ''}
        </span>
      )),
  },
];
