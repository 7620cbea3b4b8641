/** A page of dead letters. */
import type { LetterItem } from '../../../src/console/model/dead-letters.ts';
import { Bytes } from '../../parts/figures.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Text } from '../../parts/text.tsx';
import { Time } from '../../parts/time.tsx';
import { pageHref } from '../../shell/router.ts';
import { type Filter, queryOf } from './filters.tsx';

export function Letters({ of, filter }: { readonly of: readonly LetterItem[]; readonly filter: Filter }) {
  const columns: readonly (Column<LetterItem> | false)[] = [
    {
      title: 'Stored',
      cell: ({ storedOn, name }) => (
        <a href={pageHref('dead-letters', { ...queryOf(filter), letter: name })}>
          <Time at={storedOn} />
        </a>
      ),
      by: ({ storedOn }) => storedOn,
    },
    {
      title: 'Destination',
      cell: ({ destination }) => destination ?? '(could not be read)',
      by: ({ destination }) => destination,
    },
    {
      title: 'Reason',
      cell: ({ reason }) => <Text value={reason} first={100} />,
      by: ({ reason }) => reason,
    },
    of.some(({ source }) => source !== undefined) && {
      title: 'Source',
      cell: ({ source }) => <Text value={source ?? '-'} />,
      by: ({ source }) => source,
    },
    {
      title: 'Table',
      cell: ({ table }) => <Text value={table ?? '-'} first={100} />,
      by: ({ table }) => table,
    },
    of.some(({ rule }) => rule !== undefined) && {
      title: 'Rule',
      cell: ({ rule }) => <Text value={rule ?? '-'} first={100} />,
      by: ({ rule }) => rule,
    },
    of.some(({ nextTry }) => nextTry !== undefined) && {
      title: 'Next try',
      cell: ({ nextTry }) => (nextTry === undefined ? '-' : <Time at={nextTry} />),
      by: ({ nextTry }) => nextTry,
    },
    {
      title: 'Size',
      numeric: true,
      cell: ({ length }) => <Bytes value={length} />,
      by: ({ length }) => length,
    },
  ];
  return (
    <Table
      caption="Dead letters, the newest first"
      hideCaption
      columns={columns.filter((column) => column !== false)}
      rows={of}
      rowKey={({ name }) => name}
      empty={
        Object.keys(queryOf(filter)).length === 0
          ? 'There are no dead letters.'
          : 'No dead letter passes these filters.'
      }
    />
  );
}
