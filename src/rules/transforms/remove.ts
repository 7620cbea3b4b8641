/** The step `remove`: removes the named columns. */
import { columnMatcher } from './pattern.ts';
import { columnList, defineStep, eachColumn } from './step.ts';

/** `remove: [AppGuardContainerId, "*MD5"]`: removes these columns. */
export const remove = defineStep(
  'remove',
  columnList.describe('Removes these columns. "*" stands for any characters.'),
  (list, context) => {
    const dropped = columnMatcher(eachColumn(list), context);
    for (const name of context.columns.names()) if (dropped.fits(name)) context.columns.drop(name, 'remove');
    const { names } = dropped;
    return names ? (draft) => draft.remove(names) : (draft) => draft.filter((name) => !dropped.fits(name));
  },
  {
    value: ['AppGuardContainerId', '*MD5'],
    row: { DeviceName: 'ws-1', AppGuardContainerId: '', MD5: '0cc175b9c0f1b6a831c399e269772661' },
    result: { DeviceName: 'ws-1' },
  },
);
