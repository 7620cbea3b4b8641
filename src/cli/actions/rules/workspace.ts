/** A folder of rule files as the commands on rules open it. */
import { relative, resolve } from 'node:path';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { loadRuleFiles } from '../../../hosts/node/rule-files.ts';
import { type CompiledProgram, compileProgram } from '../../../rules/compile.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';
import type { RuleContext } from '../../../rules/ruleset.ts';
import { codeOf } from '../../../shared/errors.ts';
import { assumedContext, type RelayRules, readRelayRules } from './context.ts';

/** The options all `rules` commands share. */
export interface WorkspaceOptions {
  readonly transforms?: string | undefined;
  readonly config?: string | undefined;
}

/** A folder of rule files, read and compiled. */
export interface Workspace {
  /** As it is to be shown: relative to the working directory where it lies below it. */
  readonly directory: string;
  readonly files: readonly RuleFile[];
  readonly context: RuleContext;
  readonly compiled: CompiledProgram;
  /** The files' texts, by the names that {@link Workspace.located} diagnostics use. */
  readonly sources: ReadonlyMap<string, string>;
  /** Diagnostics with paths that an editor or a terminal can open. */
  located(diagnostics: readonly Diagnostic[]): readonly Diagnostic[];
}

export interface WorkspaceExtras {
  /** A file from anywhere, put in the place of the one with its path. Then there need not be a folder. */
  readonly extra?: RuleFile | undefined;
}

/** Reads and compiles the rule files. Throws a RelayError when the folder or relay.yaml can't be read. */
export async function openWorkspace(
  options: WorkspaceOptions,
  { extra }: WorkspaceExtras = {},
): Promise<Workspace> {
  const relay = await relayRulesOf(options);
  const directory = directoryOf(options, relay);
  const files = extra ? withFile(await loadIfThere(directory), extra) : await loadRuleFiles(directory);
  const context = relay?.context ?? assumedContext(files);
  const name = (path: string) => `${directory}/${path}`;
  return {
    directory,
    files,
    context,
    compiled: compileProgram(files, context),
    sources: new Map(files.map(({ path, text }) => [name(path), text])),
    located: (diagnostics) => diagnostics.map((one) => ({ ...one, file: name(one.file) })),
  };
}

/** Everything a workspace is made of, for those who watch it. */
export async function workspacePaths(options: WorkspaceOptions): Promise<readonly string[]> {
  const directory = directoryOf(options, await relayRulesOf(options));
  return options.config === undefined ? [directory] : [directory, options.config];
}

/** The folder of rule files, as it is to be shown. Throws a RelayError when relay.yaml can't be read. */
export async function transformsDirectory(options: WorkspaceOptions): Promise<string> {
  return directoryOf(options, await relayRulesOf(options));
}

async function relayRulesOf({ config }: WorkspaceOptions): Promise<RelayRules | undefined> {
  return config === undefined ? undefined : await readRelayRules(config, process.env);
}

function directoryOf({ transforms }: WorkspaceOptions, relay: RelayRules | undefined): string {
  return shown(transforms ?? relay?.transforms ?? 'transforms');
}

/** The rule files; none where there is no folder. */
export async function loadIfThere(directory: string): Promise<readonly RuleFile[]> {
  try {
    return await loadRuleFiles(directory);
  } catch (error) {
    if (codeOf(error) === 'rules_folder_missing') return [];
    throw error;
  }
}

/** In the place of the same file, wherever in the folder that is. */
function withFile(files: readonly RuleFile[], extra: RuleFile): readonly RuleFile[] {
  return [...files.filter(({ text, path }) => path !== extra.path && text !== extra.text), extra];
}

function shown(directory: string): string {
  const here = relative(process.cwd(), resolve(directory));
  return (here === '' ? '.' : here.startsWith('..') ? resolve(directory) : here).replaceAll('\\', '/');
}
