/** The extension for VS Code: starts `xdr-relay lsp`, and lets VS Code speak with it. */
import { commands, type ExtensionContext, window, workspace } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';

let client: LanguageClient | undefined;

/** VS Code calls it when a YAML file is opened in a folder that the person trusts. */
export async function activate(context: ExtensionContext): Promise<void> {
  context.subscriptions.push(
    commands.registerCommand('xdrRelay.restart', async () => {
      await deactivate();
      await start();
    }),
    workspace.onDidChangeConfiguration(async (event) => {
      if (!event.affectsConfiguration('xdrRelay.path')) return;
      await deactivate();
      await start();
    }),
  );
  await start();
}

/** VS Code calls it at its end. */
export async function deactivate(): Promise<void> {
  const ending = client;
  client = undefined;
  await ending?.stop();
}

async function start(): Promise<void> {
  // The setting has the scope "machine": the value of a folder does not count.
  const path = workspace.getConfiguration('xdrRelay').get('path', 'xdr-relay');
  const command = path.trim() === '' ? 'xdr-relay' : path;
  client = new LanguageClient(
    'xdrRelay',
    'xdr-relay',
    { command, args: ['lsp'], transport: TransportKind.stdio },
    { documentSelector: [{ scheme: 'file', language: 'yaml' }] },
  );
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const why = error instanceof Error ? error.message : String(error);
    const hint = 'Install it with "npm install -g xdr-relay", or set xdrRelay.path.';
    void window.showErrorMessage(`The command ${command} could not be started: ${why}. ${hint}`);
  }
}
