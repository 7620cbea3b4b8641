/** `xdr-relay lists`: the commands on lists. */
import { defineGroup } from '../../command.ts';
import { listLists } from './list.ts';
import { pullLists } from './pull.ts';
import { showList } from './show.ts';

export const lists = defineGroup({
  name: 'lists',
  summary: 'List the lists that rules look values up in, try values, fetch feeds',
  description:
    'Show the lists in the folder of rule files, their size and age, and what they say about values; fetch those of feeds.',
  examples: ['lists list', 'lists show vips ada@contoso.com', 'lists pull'],
  commands: [listLists, showList, pullLists],
});
