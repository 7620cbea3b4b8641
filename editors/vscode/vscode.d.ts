/** What the extension uses of VS Code's module, so that its sources are checked without the packing tools. `@types/vscode` adds the rest. */
declare module 'vscode' {
  export interface Disposable {
    dispose(): unknown;
  }
  export interface ExtensionContext {
    readonly subscriptions: { dispose(): unknown }[];
  }
  export interface ConfigurationChangeEvent {
    affectsConfiguration(section: string): boolean;
  }
  export interface WorkspaceConfiguration {
    get<T>(section: string, defaultValue: T): T;
  }
  export namespace commands {
    function registerCommand(command: string, callback: () => unknown): Disposable;
  }
  export namespace window {
    function showErrorMessage(message: string): PromiseLike<string | undefined>;
  }
  export namespace workspace {
    function getConfiguration(section: string): WorkspaceConfiguration;
    function onDidChangeConfiguration(listener: (event: ConfigurationChangeEvent) => unknown): Disposable;
  }
}
