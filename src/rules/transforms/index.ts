/** The list of the verbs of `transform:`. A new verb is a file in this folder and a line here. */
import { coalesce } from './coalesce.ts';
import { copy } from './copy.ts';
import { decodeBase64 } from './decode-base64.ts';
import { dedupeValues } from './dedupe-values.ts';
import { extract } from './extract.ts';
import { flatten } from './flatten.ts';
import { geo } from './geo.ts';
import { hash } from './hash.ts';
import { join } from './join.ts';
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
import { sortKeys } from './sort-keys.ts';
import { split } from './split.ts';
import type { Step } from './step.ts';
import { timestamp } from './timestamp.ts';
import { truncate } from './truncate.ts';
import { url } from './url.ts';
import { userAgent } from './user-agent.ts';

export const steps: readonly Step[] = [
  keep,
  remove,
  removeEmpty,
  rename,
  copy,
  set,
  parseJson,
  flatten,
  extract,
  split,
  join,
  coalesce,
  dedupeValues,
  sortKeys,
  url,
  userAgent,
  decodeBase64,
  lowercase,
  uppercase,
  truncate,
  hash,
  redact,
  map,
  lookup,
  geo,
  timestamp,
];
