/** The language server: what an editor asks, and where the answers come from. */
import {
  CodeActionKind,
  CodeLensRefreshRequest,
  type Connection,
  createConnection,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  MarkupKind,
  MessageType,
  ProposedFeatures,
  ShowMessageNotification,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { completionsAt } from '../../../rules/editor/completion.ts';
import { definitionsAt } from '../../../rules/editor/definition.ts';
import { hoverAt } from '../../../rules/editor/hover.ts';
import { testLenses } from '../../../rules/editor/lenses.ts';
import { PositionedText } from '../../../rules/editor/text-position.ts';
import { messageOf } from '../../../shared/errors.ts';
import { VERSION } from '../../../shared/version.ts';
import { actionsFor } from './actions.ts';
import { Checker } from './checker.ts';
import { completionItem, diagnosticOf, rangeOf } from './convert.ts';
import type { FoundMistake, TestAt } from './messages.ts';
import { type Known, Projects } from './projects.ts';
import { pathOfUri, uriOfPath } from './uris.ts';

export interface ServerOptions {
  /** The file that the thread runs. */
  readonly thread: string;
  /** Absolute. */
  readonly config: string | undefined;
  readonly transforms: readonly string[];
}

/** The command behind "Run tests". */
export const RUN_TESTS = 'xdr-relay.runTests';

/** Serves the editor on standard input and output. The connection ends the process when the editor says `exit` or is gone. */
export async function serveEditor(options: ServerOptions): Promise<void> {
  const connection = createConnection(ProposedFeatures.all, process.stdin, process.stdout);
  const server = new Server(connection, options);
  server.listen();
}

class Server {
  readonly #connection: Connection;
  readonly #options: ServerOptions;
  readonly #documents = new TextDocuments(TextDocument);
  readonly #projects = new Projects();
  #checker: Checker | undefined;
  /** Failed tests by path, until a document changes. */
  #failed = new Map<string, readonly FoundMistake[]>();
  /** By path, the version of the open document that was checked last. */
  readonly #checked = new Map<string, number>();
  /** URIs with diagnostics that the editor has. */
  readonly #published = new Set<string>();
  #canWatch = false;
  #canVersionEdits = false;

  constructor(connection: Connection, options: ServerOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  listen(): void {
    const [connection, documents] = [this.#connection, this.#documents];
    connection.onInitialize((params) => this.#initialize(params));
    connection.onInitialized(() => this.#watch());
    connection.onShutdown(async () => await this.#checker?.stop());
    connection.onDidChangeWatchedFiles(() => this.#checker?.reload());
    documents.onDidChangeContent(({ document }) => {
      const path = pathOfUri(document.uri);
      if (path === undefined) return;
      this.#failed.clear();
      this.#checker?.change(path, document.getText());
    });
    documents.onDidSave(() => this.#checker?.reload());
    documents.onDidClose(({ document }) => {
      const path = pathOfUri(document.uri);
      if (path === undefined) return;
      this.#checked.delete(path);
      this.#checker?.close(path);
    });
    connection.onCompletion(async ({ textDocument, position }) => {
      const found = await this.#known(textDocument.uri);
      if (!found) return [];
      const { known, text } = found;
      const items = completionsAt(known.file, text.offsetAt(position), known.model);
      return items.map((one) => completionItem(one, text));
    });
    connection.onHover(async ({ textDocument, position }) => {
      const found = await this.#known(textDocument.uri);
      const hover = found && hoverAt(found.known.file, found.text.offsetAt(position), found.known.model);
      if (!found || !hover) return null;
      const contents = { kind: MarkupKind.Markdown, value: hover.about };
      return { contents, range: found.text.rangeBetween(hover.from, hover.to) };
    });
    connection.onDefinition(async ({ textDocument, position }) => {
      const found = await this.#known(textDocument.uri);
      if (!found) return [];
      const { known, text } = found;
      return definitionsAt(known.file, text.offsetAt(position), known.model).flatMap(({ file, span }) => {
        const path = file === undefined ? known.project.relay : known.project.paths.get(file);
        return path === undefined
          ? []
          : [{ uri: this.#uriOf(path), range: rangeOf(span, this.#textOf(path)) }];
      });
    });
    connection.onCodeLens(async ({ textDocument }) => {
      const found = await this.#known(textDocument.uri);
      if (!found) return [];
      const { known, text } = found;
      return testLenses(known.file, known.model).map(({ span, title, tests }) => ({
        range: text.rangeOf(span),
        command: { title, command: RUN_TESTS, arguments: [this.#testsAt(known, tests)] },
      }));
    });
    connection.onCodeAction(async ({ textDocument, range, context }) => {
      const found = await this.#known(textDocument.uri);
      if (!found) return [];
      const path = pathOfUri(textDocument.uri) ?? '';
      return actionsFor({
        known: found.known,
        text: found.text,
        // The places of what was found in an older text are others now.
        mistakes: this.#checked.get(path) === found.version ? (this.#projects.found().get(path) ?? []) : [],
        document: { uri: textDocument.uri, version: found.version },
        isVersioned: this.#canVersionEdits,
        range,
        only: context.only,
      });
    });
    connection.onExecuteCommand(async ({ command, arguments: given }) => {
      if (command === RUN_TESTS) await this.#runTests(testsIn(given?.[0]));
      return null;
    });
    documents.listen(connection);
    connection.listen();
  }

  #initialize({ workspaceFolders, rootUri, capabilities }: InitializeParams): InitializeResult {
    const uris = workspaceFolders?.map(({ uri }) => uri) ?? (rootUri === null ? [] : [rootUri]);
    const roots = uris.flatMap((uri) => pathOfUri(uri) ?? []);
    const { thread, config, transforms } = this.#options;
    this.#canWatch = capabilities.workspace?.didChangeWatchedFiles?.dynamicRegistration === true;
    this.#canVersionEdits = capabilities.workspace?.workspaceEdit?.documentChanges === true;
    this.#checker = new Checker({
      thread,
      setup: { roots, config, transforms },
      onChecked: (projects, isCurrent) => {
        this.#projects.list = projects;
        for (const { uri, version } of this.#documents.all()) {
          const path = pathOfUri(uri);
          if (path !== undefined && isCurrent(path)) this.#checked.set(path, version);
        }
        this.#publish(isCurrent);
        if (capabilities.workspace?.codeLens?.refreshSupport === true) {
          void this.#connection.sendRequest(CodeLensRefreshRequest.type);
        }
      },
      onFailure: (message) => this.#connection.console.error(`The rules could not be checked: ${message}`),
    });
    return {
      serverInfo: { name: 'xdr-relay', version: VERSION },
      capabilities: {
        positionEncoding: 'utf-16',
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
        completionProvider: { triggerCharacters: [' ', '|', '.', '-', '$'] },
        hoverProvider: true,
        definitionProvider: true,
        codeLensProvider: {},
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.SourceFixAll] },
        executeCommandProvider: { commands: [RUN_TESTS] },
      },
    };
  }

  /** Editors that cannot watch files for a server tell it of each file that is saved. */
  async #watch(): Promise<void> {
    if (!this.#canWatch) return;
    const watchers = ['**/*.{yaml,yml}', '**/lists/*.{csv,txt,json}', '**/.env'].map((globPattern) => ({
      globPattern,
    }));
    await this.#connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
  }

  async #known(
    uri: string,
  ): Promise<{ readonly known: Known; readonly text: PositionedText; readonly version: number } | undefined> {
    await this.#checker?.firstCheck();
    const document = this.#documents.get(uri);
    const path = pathOfUri(uri);
    if (!document || path === undefined) return undefined;
    const known = this.#projects.find(path, document.getText());
    return known && { known, text: new PositionedText(document.getText()), version: document.version };
  }

  /** Sends the diagnostics of all files; those of a document that has changed since follow with the next check. */
  #publish(isCurrent: (path: string) => boolean): void {
    const found = new Map(this.#projects.found());
    for (const [path, more] of this.#failed) found.set(path, [...(found.get(path) ?? []), ...more]);
    const now = new Set<string>();
    for (const [path, mistakes] of found) {
      const uri = this.#uriOf(path);
      if (mistakes.length === 0) continue;
      now.add(uri);
      if (isCurrent(path)) this.#send(uri, path, mistakes);
    }
    for (const uri of this.#published) {
      const path = pathOfUri(uri) ?? '';
      if (now.has(uri)) continue;
      if (isCurrent(path) || !this.#documents.get(uri)) this.#send(uri, path, []);
      else now.add(uri);
    }
    // An open document without mistakes is told so too: its editor may wait for it.
    for (const document of this.#documents.all()) {
      const path = pathOfUri(document.uri);
      if (
        path !== undefined &&
        !now.has(document.uri) &&
        !this.#published.has(document.uri) &&
        isCurrent(path)
      ) {
        this.#send(document.uri, path, []);
      }
    }
    this.#published.clear();
    for (const uri of now) this.#published.add(uri);
  }

  #send(uri: string, path: string, mistakes: readonly FoundMistake[]): void {
    const text = this.#textOf(path);
    const version = this.#documents.get(uri)?.version;
    void this.#connection.sendDiagnostics({
      uri,
      ...(version !== undefined && { version }),
      diagnostics: mistakes.map((mistake) => diagnosticOf(mistake, text)),
    });
  }

  /** As the editor writes it where the document is open. */
  #uriOf(path: string): string {
    return this.#documents.all().find(({ uri }) => pathOfUri(uri) === path)?.uri ?? uriOfPath(path);
  }

  /** Undefined for a file that is not open. */
  #versionOf(path: string): number | undefined {
    return this.#documents.all().find(({ uri }) => pathOfUri(uri) === path)?.version;
  }

  #textOf(path: string): PositionedText | undefined {
    const document = this.#documents.all().find(({ uri }) => pathOfUri(uri) === path);
    return document && new PositionedText(document.getText());
  }

  #testsAt(
    { project }: Known,
    tests: readonly { readonly file: string; readonly line: number }[],
  ): readonly TestAt[] {
    return tests.flatMap(({ file, line }) => {
      const path = project.paths.get(file);
      return path === undefined ? [] : [{ path, line }];
    });
  }

  async #runTests(tests: readonly TestAt[]): Promise<void> {
    const tell = (type: MessageType, message: string) =>
      void this.#connection.sendNotification(ShowMessageNotification.type, { type, message });
    try {
      const run = await this.#checker?.test(tests);
      if (!run) return;
      if (run.problem !== undefined) {
        tell(MessageType.Warning, `No test was run: ${run.problem}`);
        return;
      }
      const failed = new Map<string, FoundMistake[]>();
      for (const { path, mistake } of run.failures) failed.set(path, [...(failed.get(path) ?? []), mistake]);
      this.#failed = failed;
      this.#publish((path) => {
        const version = this.#versionOf(path);
        return version === undefined || version === this.#checked.get(path);
      });
      const passed = `${run.passed} passed`;
      if (run.failures.length === 0) tell(MessageType.Info, `Tests: ${passed}`);
      else {
        const titles = run.failures.slice(0, 3).map(({ title }) => title);
        const more =
          run.failures.length > titles.length ? `, and ${run.failures.length - titles.length} more` : '';
        tell(
          MessageType.Error,
          `Tests: ${passed}, ${run.failures.length} failed: ${titles.join('; ')}${more}`,
        );
      }
    } catch (error) {
      tell(MessageType.Error, `The tests could not be run: ${messageOf(error)}`);
    }
  }
}

/** The tests that an editor names. Whatever else it sends names none. */
function testsIn(given: unknown): readonly TestAt[] {
  if (!Array.isArray(given)) return [];
  return given.flatMap((one: unknown) => {
    if (typeof one !== 'object' || one === null) return [];
    const [path, line] = [Reflect.get(one, 'path'), Reflect.get(one, 'line')];
    return typeof path === 'string' && typeof line === 'number' ? [{ path, line }] : [];
  });
}
