/** A client of the language server, which it starts as editors do: the command as a process, over its standard streams. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  type Diagnostic,
  type InitializeResult,
  type ProtocolConnection,
  type ShowMessageParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node';
import { COMMAND } from '../../../lab/serve.ts';
import { plainEnvironment } from '../run.ts';

export interface Published {
  readonly uri: string;
  readonly version?: number | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** An editor that has a folder open. */
export class Client {
  readonly child: ChildProcessWithoutNullStreams;
  readonly connection: ProtocolConnection;
  readonly messages: ShowMessageParams[] = [];
  readonly #folder: string;
  readonly #published: Published[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #versions = new Map<string, number>();
  stderr = '';

  constructor(folder: string, args: readonly string[] = []) {
    this.#folder = folder;
    this.child = spawn(process.execPath, [COMMAND, 'lsp', '--stdio', ...args], {
      cwd: folder,
      env: plainEnvironment(),
    });
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.connection = createProtocolConnection(
      new StreamMessageReader(this.child.stdout),
      new StreamMessageWriter(this.child.stdin),
    );
    this.connection.onNotification('textDocument/publishDiagnostics', (published: Published) => {
      this.#published.push(published);
      this.#changed();
    });
    this.connection.onNotification('window/showMessage', (message: ShowMessageParams) => {
      this.messages.push(message);
      this.#changed();
    });
    this.connection.onRequest('client/registerCapability', () => null);
    this.connection.listen();
  }

  uri(path: string): string {
    return pathToFileURL(`${this.#folder}/${path}`).href;
  }

  async initialize(processId: number | null = process.pid): Promise<InitializeResult> {
    const uri = pathToFileURL(this.#folder).href;
    const result: InitializeResult = await this.connection.sendRequest('initialize', {
      processId,
      rootUri: uri,
      workspaceFolders: [{ uri, name: 'rules' }],
      capabilities: { workspace: { didChangeWatchedFiles: { dynamicRegistration: true } } },
    });
    await this.connection.sendNotification('initialized', {});
    return result;
  }

  async open(path: string, text: string): Promise<void> {
    this.#versions.set(path, 1);
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri: this.uri(path), languageId: 'yaml', version: 1, text },
    });
  }

  /** Replaces the whole text of an open document. */
  async type(path: string, text: string): Promise<void> {
    const version = (this.#versions.get(path) ?? 0) + 1;
    this.#versions.set(path, version);
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri: this.uri(path), version },
      contentChanges: [{ text }],
    });
  }

  async request<T>(method: string, path: string, more: object = {}): Promise<T> {
    return await this.connection.sendRequest(method, { textDocument: { uri: this.uri(path) }, ...more });
  }

  /** The diagnostics of a file, once they are as wanted: those of the last version that was sent. */
  async diagnostics(
    path: string,
    isWanted: (list: readonly Diagnostic[]) => boolean = () => true,
  ): Promise<readonly Diagnostic[]> {
    const uri = this.uri(path);
    const version = this.#versions.get(path);
    return await this.until(() => {
      const last = this.#published.findLast(
        (one) => one.uri === uri && (version === undefined || one.version === version),
      );
      return last && isWanted(last.diagnostics) ? last.diagnostics : undefined;
    });
  }

  /** Waits for what a notification brings. */
  async until<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const listener = () => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  /** Ends the server as the protocol asks for it, and returns its exit code. */
  async end(): Promise<number | null> {
    const ended = once(this.child, 'exit');
    await this.connection.sendRequest('shutdown');
    await this.connection.sendNotification('exit');
    const [code] = await ended;
    this.connection.dispose();
    return code;
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A text with one `‸`: the text without it, and its position. */
export function marked(source: string): {
  readonly text: string;
  readonly position: { readonly line: number; readonly character: number };
} {
  const offset = source.indexOf('‸');
  const before = source.slice(0, offset).split('\n');
  return {
    text: source.replace('‸', ''),
    position: { line: before.length - 1, character: (before.at(-1) ?? '').length },
  };
}
