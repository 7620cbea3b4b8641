/** The module that holds the shipped mapping files, so that the package, the Worker and browsers have them without a folder. */
import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = 'transforms/shapes';

/** The text of `src/rules/shapes/shipped.ts`. */
export function shippedMappingsModule(): string {
  const root = new URL(`../${FOLDER}/`, import.meta.url);
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.yaml'))
    .sort();
  const entries = paths.map((path) => {
    const text = readFileSync(new URL(path, root), 'utf8');
    return `  'shapes/${path}': ${JSON.stringify(text)},`;
  });
  return [
    '// Made by `npm run generate` from the files in transforms/shapes; do not edit.',
    '',
    '/** The shipped mapping files, by their paths in `transforms/`. */',
    'export const SHIPPED_MAPPINGS: Readonly<Record<string, string>> = {',
    ...entries,
    '};',
    '',
  ].join('\n');
}
