/** Writes the JSON Schemas of relay.yaml and of rule files. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { editorSchemas } from '../editor-schemas.ts';

/** `rules schema`: writes the JSON Schemas that editors check relay.yaml and rule files with. */
export async function schemaCommand(
  { directory }: { readonly directory: string },
  out: Output,
): Promise<ExitCode> {
  await mkdir(directory, { recursive: true });
  for (const [name, schema] of editorSchemas()) {
    const path = join(directory, name);
    await writeFile(path, schema);
    out.print(path);
  }
  return EXIT.ok;
}
