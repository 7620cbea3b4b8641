/** The step `keep`: removes all columns but the named ones. */
import { columnMatcher } from './pattern.ts';
import { columnList, defineStep, eachColumn } from './step.ts';

/** `keep: [DeviceName, Initiating*]`: keeps these columns and no others. */
export const keep = defineStep(
  'keep',
  columnList.describe('Keeps these columns and removes all others. "*" stands for any characters.'),
  (list, context) => {
    const kept = columnMatcher(eachColumn(list), context);
    for (const name of context.columns.names()) if (!kept.fits(name)) context.columns.drop(name, 'keep');
    const { names } = kept;
    return names ? (draft) => draft.keep(names) : (draft) => draft.filter((name) => kept.fits(name));
  },
  {
    value: ['Timestamp', 'DeviceName', 'Initiating*'],
    row: { DeviceName: 'ws-1', FileName: 'cmd.exe', InitiatingProcessFileName: 'winword.exe' },
    result: { DeviceName: 'ws-1', InitiatingProcessFileName: 'winword.exe' },
  },
);
