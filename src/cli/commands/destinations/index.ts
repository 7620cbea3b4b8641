/** `xdr-relay destinations`: the commands on destinations. */
import { defineGroup } from '../../command.ts';
import { enableDestinations } from './enable.ts';
import { listDestinations } from './list.ts';
import { resetDestinations } from './reset.ts';
import { templateDestination } from './template.ts';
import { testDestinations } from './test.ts';

export const destinations = defineGroup({
  name: 'destinations',
  summary: 'List destinations, send one a test event, put one back into service, write its template',
  description:
    'Show the destinations of relay.yaml, try them with a test event, put one back into service, and write what has to be created at a product.',
  examples: [
    'destinations list',
    'destinations test splunk',
    'destinations reset splunk',
    'destinations enable splunk',
    'destinations template elastic --out elastic',
  ],
  commands: [listDestinations, testDestinations, resetDestinations, enableDestinations, templateDestination],
});
