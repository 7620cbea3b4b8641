/**
 * Response filtering by `filter_path`, as Elasticsearch does it for every API.
 *
 * Source: https://www.elastic.co/docs/reference/elasticsearch/rest-apis/common-options (Response filtering): comma-separated paths in dot
 * notation, `*` for any field or part of one, `**` for any number of fields, `-` before a path that is left out; exclusions apply first.
 */
import { isObject } from './json.ts';

type Path = readonly string[];

/** The parts of a JSON value that the filters select; undefined if they select nothing. Fields of list items count as fields of the list. */
export function filtered(value: unknown, filterPath: string): unknown {
  const filters = filterPath.split(',').filter((each) => each !== '');
  const without = filters.filter((each) => each.startsWith('-')).map((each) => each.slice(1).split('.'));
  const only = filters.filter((each) => !each.startsWith('-')).map((each) => each.split('.'));
  const left = without.length === 0 ? value : excluded(value, without);
  return only.length === 0 ? left : included(left, only);
}

function included(value: unknown, paths: readonly Path[]): unknown {
  if (paths.some((path) => path.length === 0 || path.every((step) => step === '**'))) return value;
  if (Array.isArray(value)) {
    const kept = value.map((item) => included(item, paths)).filter((item) => item !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  if (!isObject(value)) return undefined;
  return someFields(value, (field, child) => {
    const below = pathsBelow(paths, field);
    return below.length === 0 ? undefined : included(child, below);
  });
}

function excluded(value: unknown, paths: readonly Path[]): unknown {
  if (Array.isArray(value)) return value.map((item) => excluded(item, paths));
  if (!isObject(value)) return value;
  return someFields(value, (field, child) => {
    const below = pathsBelow(paths, field);
    return below.some((path) => path.length === 0) ? undefined : excluded(child, below);
  });
}

/** The object with the fields for which `pick` returns a value; undefined without any. */
function someFields(
  value: Readonly<Record<string, unknown>>,
  pick: (field: string, child: unknown) => unknown,
): unknown {
  const kept = Object.entries(value)
    .map(([field, child]) => [field, pick(field, child)] as const)
    .filter(([, child]) => child !== undefined);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function pathsBelow(paths: readonly Path[], field: string): readonly Path[] {
  return paths.flatMap((path): readonly Path[] => {
    const [step = '', ...rest] = path;
    if (step === '**') return [path, ...pathsBelow([rest], field)];
    return matches(step, field) ? [rest] : [];
  });
}

function matches(step: string, field: string): boolean {
  if (!step.includes('*')) return step === field;
  const parts = step.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(field);
}
