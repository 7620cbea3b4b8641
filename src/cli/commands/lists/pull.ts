/** The command `xdr-relay lists pull`. */
import { defineCommand } from '../../command.ts';
import { configOption, someArguments } from '../../options.ts';

export const pullLists = defineCommand({
  name: 'pull',
  summary: 'Fetch the list feeds of relay.yaml',
  description: [
    'Fetch the feeds of list_feeds in relay.yaml: over HTTPS as text, CSV, JSON or STIX, or from TAXII 2.1. What has changed is checked,',
    'and written into lists/ of the rule files. A feed that fails leaves its list as it is. Run it by a timer: cron, systemd, a CronJob.',
  ].join(' '),
  inputs: {
    names: someArguments('name', 'Only these feeds', 0),
    config: configOption(),
  },
  exits: { ok: 'All feeds are pulled', failed: 'A feed failed' },
  examples: ['lists pull', 'lists pull c2_networks --config prod.yaml'],
  onStop: { says: 'lists that were written stay; the others are as they were' },
  load: async () => (await import('../../actions/lists/pull.ts')).pullLists,
});
