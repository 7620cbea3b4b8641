/** Writes the files that a new relay begins with. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { foreignCodeOf, RelayError } from '../../shared/errors.ts';
import { systemPhrase } from '../../shared/system-errors.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { ENV_EXAMPLE, RELAY_YAML } from './init-files.ts';

export interface InitOptions {
  readonly folder: string | undefined;
  readonly force: boolean;
}

export async function runInit({ folder = '.', force }: InitOptions, out: Output): Promise<ExitCode> {
  const files = [
    { path: join(folder, 'relay.yaml'), text: RELAY_YAML },
    { path: join(folder, '.env.example'), text: ENV_EXAMPLE },
  ];
  try {
    await mkdir(join(folder, 'transforms'), { recursive: true });
    for (const { path, text } of files) await writeFile(path, text, { flag: force ? 'w' : 'wx' });
  } catch (cause) {
    throw refusal(cause, folder);
  }
  const [config, example] = files.map(({ path }) => path);
  out.print(`Wrote ${config} and ${example}. Next:
  1. Put your storage account and your destinations into relay.yaml.
  2. Copy .env.example to .env and fill it in.
  3. Check both:  xdr-relay config
  4. Start:       xdr-relay serve
In a clone: npm run xdr-relay -- config, and so on.`);
  return EXIT.ok;
}

function refusal(cause: unknown, folder: string): RelayError {
  if (foreignCodeOf(cause) === 'EEXIST') {
    const path = cause instanceof Error && 'path' in cause ? String(cause.path) : folder;
    return new RelayError('file_exists', `${path} exists already: --force overwrites it`, { cause });
  }
  return new RelayError(
    'not_writable',
    `cannot write into ${folder}: ${systemPhrase(foreignCodeOf(cause) ?? 'unknown')}`,
    {
      cause,
    },
  );
}
