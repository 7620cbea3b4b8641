/** The checks of `xdr-relay doctor`, in the order in which they are shown. A new check is a file in `checks/` and a line here. */
import type { Check } from './check.ts';
import { azureSetup } from './checks/azure-setup.ts';
import { clockOffset } from './checks/clock.ts';
import { destinations } from './checks/destinations.ts';
import { egress } from './checks/egress.ts';
import { eventGrid } from './checks/event-grid.ts';
import { messages } from './checks/messages.ts';
import { queue } from './checks/queue.ts';
import { rules } from './checks/rules.ts';
import { service } from './checks/service.ts';
import { sourceRead } from './checks/source-read.ts';
import { state } from './checks/state.ts';
import { tables } from './checks/tables.ts';
import { versions } from './checks/versions.ts';

export const CHECKS: readonly Check[] = [
  versions,
  clockOffset,
  egress,
  sourceRead,
  tables,
  eventGrid,
  azureSetup,
  queue,
  state,
  rules,
  service,
  messages,
  destinations,
];
