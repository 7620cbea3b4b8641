/** The commands of `xdr-relay`, in the order of its help. A new command is a file in this folder and a line here. */
import type { CliCommand, CliGroup } from '../command.ts';
import { alerts } from './alerts/index.ts';
import { audit } from './audit.ts';
import { backfill } from './backfill.ts';
import { columns } from './columns.ts';
import { config } from './config.ts';
import { cost } from './cost.ts';
import { deadLetters } from './dead-letters/index.ts';
import { destinations } from './destinations/index.ts';
import { doctor } from './doctor.ts';
import { health } from './health.ts';
import { init } from './init.ts';
import { lists } from './lists/index.ts';
import { losses } from './losses/index.ts';
import { lsp } from './lsp.ts';
import { poison } from './poison/index.ts';
import { rules } from './rules/index.ts';
import { schema } from './schema/index.ts';
import { serve } from './serve.ts';
import { state } from './state/index.ts';
import { status } from './status.ts';

export const COMMANDS: readonly (CliCommand | CliGroup)[] = [
  init,
  config,
  serve,
  health,
  status,
  doctor,
  audit,
  cost,
  backfill,
  destinations,
  alerts,
  deadLetters,
  poison,
  losses,
  state,
  rules,
  lists,
  columns,
  schema,
  lsp,
];
