/** `xdr-relay destinations`: the commands on destinations. */
import { defineGroup } from '../../command.ts';
import { listDestinations } from './list.ts';
import { resetDestinations } from './reset.ts';

export const destinations = defineGroup({
  name: 'destinations',
  summary: 'List destinations that are out of service, put one back',
  description: 'Show the destinations of relay.yaml, and put one back into service.',
  examples: ['destinations list', 'destinations reset splunk'],
  commands: [listDestinations, resetDestinations],
});
