/** Compiles `|in_list`: whether a value is in a list, or holds one of its keys. */
import { DATABASE, DEVICES, type List, type ListSet } from '../../lists/list.ts';
import { unknownList, wrongList } from '../../unknown-names.ts';
import type { TextMode, ValueTest } from './expression.ts';
import { fold } from './fold.ts';
import { ValueError } from './values.ts';

/** The most keys that may be searched within a value, as if they stood in the rule. */
const MOST_PARTS = 10_000;

/** The tests of a value of `|in_list`. Throws a ValueError for a list that is not there, or cannot be compared so. */
export function listTestsOf(name: string, mode: TextMode, lists: ListSet | undefined): readonly ValueTest[] {
  const list = lists?.get(name);
  if (name === DEVICES) {
    const message = `the list "${DEVICES}" grows while the relay runs, and a rule must find the same whenever it reads a row`;
    throw new ValueError('unknown-list', message, 'only the step "lookup" reads it');
  }
  if (!list) {
    const { code, message, hint } = unknownList(name, lists);
    throw new ValueError(code, message, hint);
  }
  if (list.type === DATABASE) {
    const { code, message, hint } = wrongList(list);
    throw new ValueError(code, message, hint);
  }
  if (mode !== 'equals') return partsOf(list, mode);
  return [{ kind: 'list', list, isAddress: list.type === 'network', has: (text) => list.find(text) >= 0 }];
}

function partsOf(list: List, mode: TextMode): readonly ValueTest[] {
  if (list.type !== 'text') {
    const message = `"|${mode}" compares text, and the list "${list.name}" is of type ${list.type}`;
    throw new ValueError('bad-modifier', message, `leave out "|${mode}"`);
  }
  if (list.size > MOST_PARTS) {
    const most = MOST_PARTS.toLocaleString('en-US');
    const message = `"|${mode}" searches each key of a list, at most ${most}; "${list.name}" has ${list.size.toLocaleString('en-US')}`;
    throw new ValueError('too-many-values', message);
  }
  return [...list.keys()].map((key) => ({ kind: 'text', mode, literal: fold(key), cased: false }));
}
