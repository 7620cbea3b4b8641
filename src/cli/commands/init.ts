import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { foreignCodeOf, RelayError } from '../../shared/errors.ts';
import { ENV_EXAMPLE, RELAY_YAML } from '../actions/init-files.ts';

export function registerInitCommand(program: Command): void {
  program
    .command('init')
    .summary('write a commented relay.yaml')
    .description(
      'Writes a commented relay.yaml, .env.example with the variables it needs, and the folder transforms for rule files. Asks nothing.',
    )
    .argument('[folder]', 'where to', '.')
    .option('-f, --force', 'overwrite files that are there')
    .addHelpText(
      'after',
      `
Examples:
  xdr-relay init
  xdr-relay init /etc/xdr-relay`,
    )
    .action(runInit);
}

async function runInit(folder: string, { force = false }: { readonly force?: boolean }): Promise<void> {
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
  console.log(`Wrote ${config} and ${example}. Next:
  1. Put your storage account and your destinations into relay.yaml.
  2. Copy .env.example to .env and fill it in.
  3. Check both:  xdr-relay config
  4. Start:       xdr-relay serve
In a clone: npx xdr-relay ...`);
}

function refusal(cause: unknown, folder: string): RelayError {
  if (foreignCodeOf(cause) === 'EEXIST') {
    const path = cause instanceof Error && 'path' in cause ? String(cause.path) : folder;
    return new RelayError('file_exists', `${path} is there already: --force overwrites it`, { cause });
  }
  return new RelayError(
    'not_writable',
    `cannot write into ${folder} (${foreignCodeOf(cause) ?? 'unknown'})`,
    {
      cause,
    },
  );
}
