/**
 * Names of data streams (Elasticsearch, "Create a data stream", criteria of the name; ECS, "Data stream fields").
 *
 * Of the characters that Elasticsearch allows, only those are taken that need no quoting anywhere.
 */
import { snakeCase } from '../../shared/snake-case.ts';

export const INDEX_NAME = /^[a-z0-9][a-z0-9._-]{0,254}$/;
const PLACEHOLDER = '{table}';
/** Of a table in the spelling that stands in names. Characters. */
const LONGEST_TABLE = 100;
const LONGEST_NAME = 255;

/** What is wrong with `index`; undefined where it names a data stream for every table. */
export function indexTemplateMistake(template: string): string | undefined {
  const filled = template.replaceAll(PLACEHOLDER, 'device_events');
  if (/[{}]/.test(filled))
    return 'only `{table}` is filled in here: for columns, give `template`, `allowed` and `default`';
  if (!INDEX_NAME.test(filled))
    return 'a name of a data stream: lower-case letters, digits, `.`, `_` and `-`, at most 255, with `{table}` for the table';
  const placeholders = template.split(PLACEHOLDER).length - 1;
  const longest = template.length + placeholders * (LONGEST_TABLE - PLACEHOLDER.length);
  return longest > LONGEST_NAME
    ? 'a shorter name: with the longest name of a table it has more than 255 characters'
    : undefined;
}

/** The data stream of a table's rows. What is no letter of a name becomes `_`, as a table of an own blob may be called anything. */
export function indexOf(template: string, table: string): string {
  const part = snakeCase(table)
    .replaceAll(/[^a-z0-9_]/g, '_')
    .slice(0, LONGEST_TABLE);
  return template.replaceAll(PLACEHOLDER, part === '' ? '_' : part);
}

/** The parts of a name after the data stream naming scheme, `type-dataset-namespace`; undefined for other names. */
export interface DataStream {
  readonly type: string;
  readonly dataset: string;
  readonly namespace: string;
}

export function dataStreamOf(index: string): DataStream | undefined {
  const [, type, dataset, namespace] =
    /^(logs|metrics|traces)-([^-]{1,100})-([^-]{1,100})$/.exec(index) ?? [];
  if (type === undefined || dataset === undefined || namespace === undefined) return undefined;
  return { type, dataset, namespace };
}
