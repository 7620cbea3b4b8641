/** The module that holds the shipped presets as data, so that the package, the Worker and browsers have them without a folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The text of `src/destinations/preset-data.ts`. */
export function shippedPresetsModule(): string {
  const root = new URL('../presets/', import.meta.url);
  const names = readdirSync(root, { encoding: 'utf8' })
    .filter((name) => name.endsWith('.yml'))
    .sort();
  const entries = names.map((name) => {
    const data: unknown = parse(readFileSync(new URL(name, root), 'utf8'), { maxAliasCount: 0 });
    return `  ${name.slice(0, -'.yml'.length)}: ${JSON.stringify(data)},`;
  });
  return [
    '// Made by `npm run generate` from the files in presets; do not edit.',
    '',
    '/** The shipped presets as their files have them, by name. */',
    'export const SHIPPED_PRESETS: Readonly<Record<string, unknown>> = {',
    ...entries,
    '};',
    '',
  ].join('\n');
}
