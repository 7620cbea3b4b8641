/** How many dead letters there are, by destination and reason. */
import type { LetterCountsView, LetterGroup } from '../../../src/console/model/dead-letters.ts';
import { Count, formatCount } from '../../parts/figures.tsx';
import { Panel } from '../../parts/notes.tsx';
import { Table } from '../../parts/table.tsx';
import { Text } from '../../parts/text.tsx';
import { pageHref } from '../../shell/router.ts';
import { queryOf } from './filters.tsx';

export function Counts({ of: { letters, isolating } }: { readonly of: LetterCountsView }) {
  return (
    <div class="panels">
      <Group title="Put aside" of={letters} empty="There are no dead letters." isolating={false} />
      <Group title="Still tried" of={isolating} empty="No row fails alone at present." isolating={true} />
    </div>
  );
}

interface GroupProps {
  readonly title: string;
  readonly of: LetterCountsView['letters'];
  readonly empty: string;
  readonly isolating: boolean;
}

function Group({ title, of: { groups, total, more }, empty, isolating }: GroupProps) {
  const hrefOf = ({ destination, reason }: LetterGroup) =>
    pageHref(
      'dead-letters',
      queryOf({ destination, unreadable: destination === undefined, reason, isolating }),
    );
  return (
    <Panel title={`${title}: ${more ? 'more than ' : ''}${formatCount(total)}`}>
      <Table
        caption={title}
        hideCaption
        columns={[
          {
            title: 'Reason',
            cell: (group) => (
              <a href={hrefOf(group)}>
                <Text value={group.reason} first={100} />
              </a>
            ),
            by: ({ reason }) => reason,
          },
          {
            title: 'Destination',
            cell: ({ destination }) => destination ?? '(could not be read)',
            by: ({ destination }) => destination,
          },
          {
            title: 'Letters',
            numeric: true,
            cell: ({ count }) => <Count value={count} />,
            by: ({ count }) => count,
          },
        ]}
        rows={groups}
        rowKey={({ destination, reason }) => `${destination ?? ''}/${reason}`}
        empty={empty}
      />
    </Panel>
  );
}
