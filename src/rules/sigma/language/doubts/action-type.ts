/** Warns of ActionTypes that a table does not have. */
import type { Mistake } from '../../../../diagnostics/diagnostic.ts';
import { actionTypesOf } from '../../../schema/index.ts';
import { wrongActionType } from '../../../unknown-names.ts';
import { fold } from '../fold.ts';
import { matchTokensWithin } from '../text.ts';
import type { Asked } from './pattern.ts';

/** Warns of a name that the table never holds, or that is a misspelling of one of its names. */
export function unknownActionType({ column, tokens, whole, raw }: Asked): Mistake | undefined {
  const { name, table } = column ?? {};
  if (name !== 'ActionType' || table === undefined) return undefined;
  if (whole !== undefined) return wrongActionType(table, whole);
  const known = actionTypesOf(table);
  if (!known?.complete) return undefined;
  const folded = tokens.map((token) => (typeof token === 'string' ? fold(token) : token));
  const matches = [...known.names.keys()].some(
    (one) => matchTokensWithin(folded, one, Number.POSITIVE_INFINITY).found,
  );
  if (matches) return undefined;
  return {
    code: 'unknown-action-type',
    message: `no known ActionType of ${table} matches "${raw}"`,
    hint: `known: ${[...known.names.values()].join(', ')}`,
  };
}
