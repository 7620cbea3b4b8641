/** Opens a folder of rule files for the commands on rules. */
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { loadEnvFileBeside } from '../../../hosts/node/config-file.ts';
import { loadRuleFiles } from '../../../hosts/node/rule-files.ts';
import { assumedContext } from '../../../rules/assumed-context.ts';
import { type CompiledProgram, compileProgram } from '../../../rules/compile.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';
import type { RuleContext } from '../../../rules/ruleset.ts';
import { systemClock } from '../../../shared/clock.ts';
import { codeOf } from '../../../shared/errors.ts';
import { type RelayRules, readRelayRules } from './context.ts';
import { isMeant, mustHoldFiles, type Place, placeOf, relayFileOf, shownPath } from './place.ts';
import { FOLDER, unread } from './unread.ts';

/** The options that all `rules` commands share. */
export interface WorkspaceOptions {
  readonly transforms?: string | undefined;
  /** The path of relay.yaml; undefined for `relay.yaml` in the working directory, if it exists. */
  readonly config?: string | undefined;
  /** The folders and files to work on; undefined or empty for all. */
  readonly paths?: readonly string[];
}

/** A folder of rule files, read and compiled. */
export interface Workspace {
  /** The folder's path for display: relative to the working directory if it is below it. */
  readonly directory: string;
  readonly files: readonly RuleFile[];
  readonly context: RuleContext;
  readonly compiled: CompiledProgram;
  /** The content of the files, by the paths that diagnostics of {@link Workspace.located} have. */
  readonly sources: ReadonlyMap<string, string>;
  /** Whether the command line names a file. True for all files if it names none. */
  isMeant(file: string): boolean;
  /** The findings on the folder as a whole: files that are ignored because of their names, or no file that the relay reads. */
  unread(): Promise<readonly Diagnostic[]>;
  /** The path of a file for display, which an editor or a terminal can open. */
  nameOf(file: string): string;
  /** Diagnostics with the paths of {@link Workspace.nameOf}. */
  located(diagnostics: readonly Diagnostic[]): readonly Diagnostic[];
}

export interface WorkspaceExtras {
  /** A file from anywhere, which replaces the file of the same path. With it, the folder need not exist. */
  readonly extra?: RuleFile | undefined;
}

/** Reads and compiles the rule files. Throws a RelayError if the folder, a path or relay.yaml cannot be read. */
export async function openWorkspace(
  options: WorkspaceOptions,
  { extra }: WorkspaceExtras = {},
): Promise<Workspace> {
  const relay = await relayRulesOf(options);
  const place = await placeOfOptions(options, relay);
  const directory = shownPath(place.directory);
  const found = extra ? await loadIfThere(directory) : await loadRuleFiles(directory);
  mustHoldFiles(
    place,
    found.map(({ path }) => path),
  );
  const prefix = place.isForeign && !isRuleFolder(found) ? LOOSE : '';
  const given = (path: string) => path.slice(prefix.length);
  const own = found.map(({ path, text }) => ({ path: prefix + path, text }));
  const files = extra ? withFile(own, extra) : own;
  const context = { ...(relay?.context ?? assumedContext(files)), now: () => systemClock.now() };
  const nameOf = (path: string) => (given(path) === FOLDER ? directory : `${directory}/${given(path)}`);
  return {
    directory,
    files,
    context,
    compiled: compileProgram(files, context),
    sources: new Map(files.map(({ path, text }) => [nameOf(path), text])),
    isMeant: (path) => isMeant(place, given(path)),
    unread: async () => {
      const diagnostics = await unread(directory, files);
      return diagnostics.map((one) => ({ ...one, file: prefix + one.file }));
    },
    nameOf,
    located: (diagnostics) => diagnostics.map((one) => ({ ...one, file: nameOf(one.file) })),
  };
}

/** The paths of all files and folders that a workspace is read from, to watch them for changes. */
export async function workspacePaths(options: WorkspaceOptions): Promise<readonly string[]> {
  const relay = await relayRulesOf(options);
  const { directory } = await placeOfOptions(options, relay);
  return relay ? [directory, relay.file] : [directory];
}

/** The path of the folder of rule files, for display. Throws a RelayError if relay.yaml cannot be read. */
export async function transformsDirectory(options: WorkspaceOptions): Promise<string> {
  const { directory } = await placeOfOptions(options, await relayRulesOf(options));
  return shownPath(directory);
}

/** Reads the rules' part of the named relay.yaml, or of the one in the working directory, with the `.env` file beside it. */
export async function relayRulesOf({ config }: WorkspaceOptions): Promise<RelayRules | undefined> {
  const file = await relayFileOf(config);
  if (file === undefined) return undefined;
  await loadEnvFileBeside(file);
  return await readRelayRules(file, process.env);
}

/** The folder that relay.yaml or `--transforms` names, or the folder that contains the paths. */
export function placeOfOptions(
  { transforms, paths = [] }: WorkspaceOptions,
  relay: RelayRules | undefined,
): Promise<Place> {
  return placeOf(paths, transforms ?? relay?.transforms ?? 'transforms');
}

/** The rule files of a folder; empty if the folder does not exist. */
export async function loadIfThere(directory: string): Promise<readonly RuleFile[]> {
  try {
    return await loadRuleFiles(directory);
  } catch (error) {
    if (codeOf(error) === 'rules_folder_missing') return [];
    throw error;
  }
}

/** The prefix under which the compiler sees the files of a folder that contains only Sigma rules. */
const LOOSE = 'detections/';

/** Whether a folder is laid out like `transforms/`: table files at the top, Sigma rules below `detections`. Other folders contain only Sigma rules. */
export function isRuleFolder(files: readonly RuleFile[]): boolean {
  return files.some(
    ({ path, text }) =>
      /^(?:detections\/|exceptions\/|mappings\/|schema\.ya?ml$)/.test(path) ||
      (!path.includes('/') && /^table *:/m.test(text)),
  );
}

/** Adds `extra` in place of files with its path or its content: the same file may be in the folder under another path. */
function withFile(files: readonly RuleFile[], extra: RuleFile): readonly RuleFile[] {
  return [...files.filter(({ text, path }) => path !== extra.path && text !== extra.text), extra];
}
