/** `xdr-relay lists`: the commands on lists. */
import { defineGroup } from '../../command.ts';
import { listLists } from './list.ts';
import { showList } from './show.ts';

export const lists = defineGroup({
  name: 'lists',
  summary: 'List the lists that rules look values up in, and try values',
  description:
    'Show the lists in the folder of rule files, their size and age, and what they say about values.',
  examples: ['lists list', 'lists show vips ada@contoso.com'],
  commands: [listLists, showList],
});
