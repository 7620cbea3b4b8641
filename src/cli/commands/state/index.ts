/** `xdr-relay state`: the commands on the relay's stored state. */
import { defineGroup } from '../../command.ts';
import { exportState } from './export.ts';
import { importState } from './import.ts';
import { rebuildState } from './rebuild.ts';

export const state = defineGroup({
  name: 'state',
  summary: 'Back up, restore or rebuild the offsets',
  description: [
    'Keep, restore or rebuild the state: what is remembered of each blob (offsets, per destination), and shared documents',
    '(breakers, correlations, the progress of backfills, losses). Without it every blob is new, and is sent again. Where there are',
    'several sources each has a state of its own (--source).',
  ].join(' '),
  examples: [
    'state export --out state.jsonl',
    'state import state.jsonl',
    'state import state.jsonl --yes',
    'state rebuild --from 30d --to 2026-11-23T07:00Z --assume delivered --yes',
  ],
  commands: [exportState, importState, rebuildState],
});
