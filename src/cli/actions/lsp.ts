/** Serves editors by the Language Server Protocol. */
import { resolve } from 'node:path';
import { fileBeside } from '../../hosts/node/threads/threads.ts';
import { RelayError } from '../../shared/errors.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { serveEditor } from './lsp/server.ts';

export interface LspOptions {
  /** The path of relay.yaml; undefined for the one beside the rules. */
  readonly config: string | undefined;
  readonly transforms?: string | readonly string[] | undefined;
  /** What editors add to every server. */
  readonly stdio?: boolean;
}

/** `lsp`: answers an editor on standard input and output until that says `exit`, or is gone. Throws a RelayError where its thread is missing. */
export async function runLsp({ config, transforms }: LspOptions, _out: Output): Promise<ExitCode> {
  const thread = await fileBeside(process.argv[1], 'lsp-thread');
  if (thread === undefined) {
    throw new RelayError(
      'unexpected',
      'the file lsp-thread.js, which checks the rules, is not beside the command',
    );
  }
  await serveEditor({
    thread,
    config: config === undefined ? undefined : resolve(config),
    transforms: transforms === undefined ? [] : [transforms].flat().map((folder) => resolve(folder)),
  });
  // The connection ends the process, with the code that the protocol asks for.
  return await new Promise<never>(() => {});
}
