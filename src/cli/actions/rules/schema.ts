/** Writes the JSON Schemas of rule files. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ruleSchemas } from '../../../rules/json-schemas.ts';
import { jsonFile } from '../../../shared/json.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';

/** `rules schema`: writes the JSON Schemas that editors check rule files with. */
export async function schemaCommand(
  { directory }: { readonly directory: string },
  out: Output,
): Promise<ExitCode> {
  await mkdir(directory, { recursive: true });
  for (const [name, schema] of ruleSchemas()) {
    const path = join(directory, name);
    await writeFile(path, jsonFile(schema));
    out.print(path);
  }
  return EXIT.ok;
}
