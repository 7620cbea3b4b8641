/** The command `xdr-relay poison requeue`. */
import { defineCommand } from '../../command.ts';
import { formatOption } from '../../options.ts';
import { poisonInputs } from './inputs.ts';

export const requeuePoison = defineCommand({
  name: 'requeue',
  summary: 'Put messages back on the queue',
  description: [
    'Put messages back on the queue, where consumers take them up as if they were new. A task stays the same task: what was',
    'delivered of its blob is not sent again. A message that was cut, or that no consumer can read, stays, and it says why.',
  ].join(' '),
  inputs: { ...poisonInputs(), format: formatOption(['table', 'json']) },
  exits: { ok: 'All of them are on the queue', failed: 'Failed, or some stay' },
  examples: ['poison requeue', 'poison requeue 3f2a6c1e-77aa-4b4e-9d6b-1d2c3b4a5f60'],
  onStop: { says: 'what was not put back yet stays.' },
  load: async () => (await import('../../actions/poison/requeue.ts')).runRequeue,
});
