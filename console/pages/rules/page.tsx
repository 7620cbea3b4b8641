/** The page Rules: the set in force and the refused one, hits, ATT&CK, exceptions that end, lists, files. */
import type { ProcessRules, RulesPage } from '../../../src/console/model/rules.ts';
import { useView } from '../../api.ts';
import { Bytes, Count } from '../../parts/figures.tsx';
import { Badge, Facts, Note, Panel, ViewOf } from '../../parts/notes.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Text } from '../../parts/text.tsx';
import { Time } from '../../parts/time.tsx';
import { pageHref } from '../../shell/router.ts';
import { Attack } from './attack.tsx';
import { Exceptions, Lists } from './ends.tsx';
import { Files } from './files.tsx';
import { RuleTable } from './list.tsx';
import { Refused } from './refused.tsx';
import './rules.css';

export function Page() {
  const rules = useView<RulesPage>('rules', {}, 15_000);
  return (
    <>
      <ViewOf of={rules}>{(data) => <Overview data={data} />}</ViewOf>
      <RuleTable />
      <ViewOf of={rules}>
        {(data) => (
          <>
            <Attack columns={data.attack} />
            <Exceptions lines={data.exceptions} more={data.moreExceptions} />
            <Lists lines={data.lists} />
          </>
        )}
      </ViewOf>
      <Files />
    </>
  );
}

function Overview({ data }: { readonly data: RulesPage }) {
  const { inForce, rules, processes, refused, troubles } = data;
  return (
    <>
      {troubles.map((sentence) => (
        <Note key={sentence} tone="warn">
          <Text value={sentence} first={600} />
        </Note>
      ))}
      {refused.map((one) => (
        <Refused key={`${one.since} ${one.by.join()}`} refused={one} />
      ))}
      <Panel title="The set in force">
        {inForce ? (
          <Facts
            facts={[
              ['Version', <code key="v">{inForce.version}</code>],
              ['Came into force', <Time key="t" at={inForce.since} />],
              ['Files', <Count key="f" value={inForce.files} />],
              ['Size', <Bytes key="b" value={inForce.bytes} />],
              ['Rules that raise alerts', <Count key="r" value={rules?.raising} />],
              ['Hit in 24 hours', <Hit key="h" value={rules?.hit} show="hit" />],
              ['Never hit in 24 hours', <Hit key="n" value={rules?.neverHit} show="never" />],
            ]}
          />
        ) : (
          <Note>No set of rules has ever come into force, or it cannot be read.</Note>
        )}
        <Table
          caption="Processes that run rules"
          columns={processColumns(inForce?.version)}
          rows={processes}
          rowKey={({ process }) => process}
          empty="No process says that it runs rules: no consumer is running, or none reaches its state."
        />
      </Panel>
    </>
  );
}

function Hit({ value, show }: { readonly value: number | undefined; readonly show: string }) {
  if (value === undefined || value === 0) return <Count value={value} />;
  return (
    <a href={pageHref('rules', { show })}>
      <Count value={value} />
    </a>
  );
}

function processColumns(version: string | undefined): readonly Column<ProcessRules>[] {
  return [
    { title: 'Process', cell: ({ process }) => <Text value={process} />, by: ({ process }) => process },
    {
      title: 'Runs',
      cell: (one) => (one.version === undefined ? 'none' : <code>{one.version}</code>),
      by: (one) => one.version,
    },
    { title: 'Since', cell: ({ since }) => <Time at={since} />, by: ({ since }) => since },
    { title: 'Last heard of', cell: ({ seen }) => <Time at={seen} />, by: ({ seen }) => seen },
    { title: 'State', cell: (one) => <ProcessState of={one} version={version} /> },
  ];
}

function ProcessState({ of, version }: { readonly of: ProcessRules; readonly version: string | undefined }) {
  if (of.isStale) return <Badge tone="warn">stale: killed, hangs, or without its state</Badge>;
  if (of.withoutRules) return <Badge tone="bad">no rules: evaluates no row</Badge>;
  if (of.refuses) return <Badge tone="bad">refuses newer rules</Badge>;
  if (of.kept !== undefined) return <Badge tone="warn">works with the kept set</Badge>;
  if (of.version !== version) return <Badge tone="warn">other version</Badge>;
  return <Badge tone="good">in force</Badge>;
}
