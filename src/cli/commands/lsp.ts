/** The command `xdr-relay lsp`. */
import { defineCommand } from '../command.ts';
import { flag, rulesConfigOption, transformsOption } from '../options.ts';

export const lsp = defineCommand({
  name: 'lsp',
  summary: 'Serve editors that show mistakes while you type',
  description: [
    'Speak the Language Server Protocol on standard input and output, for editors.',
    'It checks rule files and relay.yaml while you type, as "rules check" and "config" do, completes names and keys, explains them, goes to rules, lists and destinations, and runs tests.',
  ].join(' '),
  inputs: {
    config: rulesConfigOption(),
    transforms: transformsOption(),
    stdio: flag('--stdio', 'Does nothing: editors add it, and no other way to speak exists'),
  },
  notes: [
    'An editor starts it. docs/editor.md has the settings for VS Code, Neovim, Helix, Zed and JetBrains.',
    'It runs nothing of the folder that is open but the rules themselves, writes no file, and reaches no network.',
  ],
  exits: {
    ok: 'The editor ended it',
    failed: 'The editor ended without saying so, or the server could not start',
  },
  examples: ['lsp', 'lsp --config deploy/relay.yaml'],
  onStop: 'at once',
  load: async () => (await import('../actions/lsp.ts')).runLsp,
});
