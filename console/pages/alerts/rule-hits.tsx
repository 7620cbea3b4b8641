/** How often rules matched: what is known of alerts that only machines are told of. */
import type { RuleLine, RuleList } from '../../../src/console/model/rules.ts';
import { useView } from '../../api.ts';
import { Count } from '../../parts/figures.tsx';
import { Note, Panel, ViewOf } from '../../parts/notes.tsx';
import { Spark } from '../../parts/spark.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Text } from '../../parts/text.tsx';

const HOUR_MS = 3_600_000;

const COLUMNS: readonly Column<RuleLine>[] = [
  { title: 'Rule', cell: ({ title }) => <Text value={title} first={120} />, by: ({ title }) => title },
  { title: 'Level', cell: ({ level }) => level ?? '', by: ({ level }) => level },
  {
    title: 'Hits, 24\u00a0h',
    numeric: true,
    cell: ({ hits }) => <Count value={hits} />,
    by: ({ hits }) => hits,
  },
  {
    title: 'By hour',
    cell: ({ hours }) =>
      hours ? <Spark series={{ step: HOUR_MS, from: 0, counts: hours }} what="hits" /> : null,
  },
  { title: 'To', cell: ({ to }) => to.join(', ') },
];

export function RuleHits() {
  const list = useView<RuleList>('rules/list', { show: 'hit' }, 15_000);
  return (
    <Panel title="Rules that matched">
      <ViewOf of={list}>
        {({ rules, trouble }) => (
          <>
            {trouble === undefined ? null : (
              <Note tone="warn">
                <Text value={trouble} first={600} />
              </Note>
            )}
            <Table
              caption="Rules with hits in 24 hours"
              hideCaption
              columns={COLUMNS}
              rows={rules}
              rowKey={(rule) => `${rule.kind} ${rule.rule}`}
              empty="No rule has matched in the last 24 hours, as far as that is known."
            />
          </>
        )}
      </ViewOf>
    </Panel>
  );
}
