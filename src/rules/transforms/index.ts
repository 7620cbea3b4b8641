/** The list of the verbs of `transform:`. A new verb is a file in this folder and a line here. */
import { copy } from './copy.ts';
import { flatten } from './flatten.ts';
import { hash } from './hash.ts';
import { keep } from './keep.ts';
import { lowercase, uppercase } from './letter-case.ts';
import { lookup } from './lookup.ts';
import { map } from './map.ts';
import { parseJson } from './parse-json.ts';
import { redact } from './redact.ts';
import { remove } from './remove.ts';
import { removeEmpty } from './remove-empty.ts';
import { rename } from './rename.ts';
import { set } from './set.ts';
import type { Step } from './step.ts';
import { timestamp } from './timestamp.ts';
import { truncate } from './truncate.ts';

export const steps: readonly Step[] = [
  keep,
  remove,
  removeEmpty,
  rename,
  copy,
  set,
  parseJson,
  flatten,
  lowercase,
  uppercase,
  truncate,
  hash,
  redact,
  map,
  lookup,
  timestamp,
];
