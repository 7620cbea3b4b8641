/** Opens a folder of rule files for the commands on rules. */
import { resolve } from 'node:path';
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { loadEnvFileBeside } from '../../../hosts/node/config-file.ts';
import { keptRulesOf } from '../../../hosts/node/kept-detections.ts';
import { loadRuleFiles } from '../../../hosts/node/rule-files.ts';
import { assumedContext } from '../../../rules/assumed-context.ts';
import { type CompiledProgram, compileProgram } from '../../../rules/compile.ts';
import { isRuleFolder, LOOSE, layered, type Origin } from '../../../rules/layers.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';
import type { RuleContext } from '../../../rules/ruleset.ts';
import { systemClock } from '../../../shared/clock.ts';
import { codeOf } from '../../../shared/errors.ts';
import { type RelayRules, readRelayRules } from './context.ts';
import {
  isMeant,
  mustHoldFiles,
  type Place,
  type PlacedFile,
  placeOf,
  relayFileOf,
  shownPath,
} from './place.ts';
import { FOLDER, unread } from './unread.ts';

/** The options that all `rules` commands share. */
export interface WorkspaceOptions {
  /** A folder, or several of which later ones win. */
  readonly transforms?: string | readonly string[] | undefined;
  /** The path of relay.yaml; undefined for `relay.yaml` in the working directory, if it exists. */
  readonly config?: string | undefined;
  /** The folders and files to work on; undefined or empty for all. */
  readonly paths?: readonly string[];
}

/** A folder of rule files, read and compiled. */
export interface Workspace {
  /** The path of the folder, or of the folders, for display: relative to the working directory if it is below it. */
  readonly directory: string;
  readonly files: readonly RuleFile[];
  /** Whether the folder holds only Sigma rules, such as a checkout of SigmaHQ. */
  readonly isLoose: boolean;
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
  /** What was read already, in place of what the disk has. */
  readonly given?: GivenFiles | undefined;
  /** Whether what the rules are compiled to is kept, for the next command on them and for the relay. */
  readonly keeps?: boolean;
}

/** Where rule files come from if not from the disk alone: an editor has changes that are not saved. */
export interface GivenFiles {
  /** Undefined for no relay.yaml. */
  readonly relay: RelayRules | undefined;
  /** The rule files of a folder; its path is relative to the working directory if it is below it. */
  load(directory: string): Promise<readonly RuleFile[]>;
}

/** Reads and compiles the rule files. Throws a RelayError if the folder, a path or relay.yaml cannot be read. */
export async function openWorkspace(
  options: WorkspaceOptions,
  { extra, given: source, keeps = false }: WorkspaceExtras = {},
): Promise<Workspace> {
  const relay = source ? source.relay : await relayRulesOf(options);
  const place = await placeOfOptions(options, relay);
  const directories = place.directories.map(shownPath);
  const folders = await Promise.all(directories.map(source?.load ?? (extra ? loadIfThere : loadRuleFiles)));
  const { files: found, origins } = layered(folders);
  const originOf = (path: string): Origin => origins.get(path) ?? { folder: 0, path };
  const placed = (path: string): PlacedFile => {
    const origin = originOf(path);
    return { directory: place.directories[origin.folder] ?? '', path: origin.path };
  };
  mustHoldFiles(
    place,
    found.map(({ path }) => placed(path)),
  );
  const prefix = place.isForeign && !isRuleFolder(found) ? LOOSE : '';
  const given = (path: string) => path.slice(prefix.length);
  const own = found.map((file) => ({ ...file, path: prefix + file.path }));
  const files = extra ? withFile(own, extra) : own;
  const context = { ...(relay?.context ?? assumedContext(files)), now: () => systemClock.now() };
  // An editor changes files from one moment to the next, and has no use for what was compiled of those on the disk.
  const kept = source
    ? undefined
    : keptRulesOf(
        place.directories.map((one) => resolve(one)),
        { isWriter: keeps },
      );
  const compiled = compileProgram(files, { ...context, ...(kept && { knownDetections: kept.known }) });
  await kept?.keepOnce();
  const directory = directories.join(', ');
  /** Findings on folders as a whole have the folder in their path, where there are several. */
  const nameOf = (path: string) => {
    if (given(path) === FOLDER) return directory;
    if (path.startsWith(WHOLE)) return path.slice(WHOLE.length).replace(/\/\.$/, '');
    const origin = originOf(given(path));
    return `${directories[origin.folder]}/${origin.path}`;
  };
  return {
    directory,
    files,
    isLoose: prefix !== '',
    context,
    compiled,
    sources: new Map(files.map(({ path, text }) => [nameOf(path), text])),
    isMeant: (path) => path.startsWith(WHOLE) || isMeant(place, placed(given(path))),
    unread: async () => {
      const [only = ''] = directories;
      if (directories.length === 1) {
        const diagnostics = await unread(only, files);
        return diagnostics.map((one) => ({ ...one, file: prefix + one.file }));
      }
      const each = await Promise.all(
        directories.map(async (at, folder) => {
          const list = folders[folder] ?? [];
          const diagnostics = await unread(at, isRuleFolder(list) ? list : loosely(list));
          return diagnostics.map((one) => ({ ...one, file: `${WHOLE}${at}/${one.file}` }));
        }),
      );
      return each.flat();
    },
    nameOf,
    located: (diagnostics) => diagnostics.map((one) => ({ ...one, file: nameOf(one.file) })),
  };
}

/** Begins the path of a finding on one of several folders as a whole. */
const WHOLE = '\0';

function loosely(files: readonly RuleFile[]): readonly RuleFile[] {
  return files.map(({ path, text }) => ({ path: LOOSE + path, text }));
}

/** The paths of all files and folders that a workspace is read from, to watch them for changes. */
export async function workspacePaths(options: WorkspaceOptions): Promise<readonly string[]> {
  const relay = await relayRulesOf(options);
  const { directories } = await placeOfOptions(options, relay);
  return relay ? [...directories, relay.file] : directories;
}

/** The path of the folder into which files are written, for display: of several, the last. Throws a RelayError if relay.yaml cannot be read. */
export async function transformsDirectory(options: WorkspaceOptions): Promise<string> {
  const { directories } = await placeOfOptions(options, await relayRulesOf(options));
  return shownPath(directories.at(-1) ?? '.');
}

/** Reads the rules' part of the named relay.yaml, or of the one in the working directory, with the `.env` file beside it. */
export async function relayRulesOf({ config }: WorkspaceOptions): Promise<RelayRules | undefined> {
  const file = await relayFileOf(config);
  if (file === undefined) return undefined;
  await loadEnvFileBeside(file);
  return await readRelayRules(file, process.env);
}

/** The folders that relay.yaml or `--transforms` names, or the folder that contains the paths. */
export function placeOfOptions(
  { transforms, paths = [] }: WorkspaceOptions,
  relay: RelayRules | undefined,
): Promise<Place> {
  return placeOf(paths, homesOf(transforms, relay));
}

/** The folders of rule files without paths on the command line. */
export function homesOf(
  transforms: WorkspaceOptions['transforms'],
  relay: RelayRules | undefined,
): readonly string[] {
  return transforms === undefined ? (relay?.transforms ?? ['transforms']) : [transforms].flat();
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

/** Adds `extra` in place of files with its path or its content: the same file may be in the folder under another path. */
function withFile(files: readonly RuleFile[], extra: RuleFile): readonly RuleFile[] {
  return [...files.filter(({ text, path }) => path !== extra.path && text !== extra.text), extra];
}
