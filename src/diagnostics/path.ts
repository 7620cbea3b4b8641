/** Where a value lies in a YAML file's data. */

/** Keys and list indexes from the root. */
export type Path = readonly PropertyKey[];

/** RFC 6901: `/destinations/splunk/token`; the root is the empty string. */
export function pointer(path: Path): string {
  return path.map((step) => `/${String(step).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
}

/** For people: `destinations.splunk.token`, `alerts[0].to`; the root is `the document`. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += `${text === '' ? '' : '.'}${String(step)}`;
  }
  return text === '' ? 'the document' : text;
}

/** The value at a path; undefined where there is none. */
export function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}
