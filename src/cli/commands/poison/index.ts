/** `xdr-relay poison`: the commands on the poison queue. */
import { defineGroup } from '../../command.ts';
import { dropPoison } from './drop.ts';
import { listPoison } from './list.ts';
import { requeuePoison } from './requeue.ts';
import { showPoison } from './show.ts';

export const poison = defineGroup({
  name: 'poison',
  summary: 'Look at tasks that failed too often, try them again or drop them',
  description: [
    'Look at the poison queue: tasks that failed repeatedly, and messages that are neither a task nor an Event Grid event. They',
    'hold no rows, only the name of a blob. The sweep still finds that blob for as long as sweep.wide says.',
  ].join(' '),
  examples: [
    'poison list',
    'poison show 3f2a6c1e-77aa-4b4e-9d6b-1d2c3b4a5f60',
    'poison requeue',
    'poison drop --yes',
  ],
  commands: [listPoison, showPoison, requeuePoison, dropPoison],
});
