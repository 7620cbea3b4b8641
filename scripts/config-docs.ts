/**
 * Writes docs/configuration.md and schemas/relay.schema.json anew from the schema of relay.yaml:
 *
 *   node scripts/config-docs.ts
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { configurationPage, relayJsonSchema } from './config-reference.ts';

const root = new URL('../', import.meta.url);
await mkdir(new URL('docs/', root), { recursive: true });
await mkdir(new URL('schemas/', root), { recursive: true });
await writeFile(new URL('docs/configuration.md', root), configurationPage());
await writeFile(
  new URL('schemas/relay.schema.json', root),
  `${JSON.stringify(relayJsonSchema(), undefined, 2)}\n`,
);
