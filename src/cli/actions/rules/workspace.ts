/** A folder of rule files as the commands on rules open it. */
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { loadEnvFileBeside } from '../../../hosts/node/config-file.ts';
import { loadRuleFiles } from '../../../hosts/node/rule-files.ts';
import { type CompiledProgram, compileProgram } from '../../../rules/compile.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';
import type { RuleContext } from '../../../rules/ruleset.ts';
import { codeOf } from '../../../shared/errors.ts';
import { assumedContext, type RelayRules, readRelayRules } from './context.ts';
import { isMeant, mustHoldFiles, type Place, placeOf, relayFileOf, shownPath } from './place.ts';
import { FOLDER, unread } from './unread.ts';

/** The inputs all `rules` commands share. */
export interface WorkspaceOptions {
  readonly transforms?: string | undefined;
  /** Undefined: `relay.yaml`, where it lies in the working directory. */
  readonly config?: string | undefined;
  /** Folders and files: only those. */
  readonly paths?: readonly string[];
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
  /** Whether a file is among those that the command line named; all are where it named none. */
  isMeant(file: string): boolean;
  /** What is wrong with the folder as a whole: files that nothing reads for their names, or no file that the relay would read. */
  unread(): Promise<readonly Diagnostic[]>;
  /** A file's path as an editor or a terminal can open it. */
  nameOf(file: string): string;
  /** Diagnostics with such paths. */
  located(diagnostics: readonly Diagnostic[]): readonly Diagnostic[];
}

export interface WorkspaceExtras {
  /** A file from anywhere, put in the place of the one with its path. Then there need not be a folder. */
  readonly extra?: RuleFile | undefined;
}

/** Reads and compiles the rule files. Throws a RelayError when the folder, a path or relay.yaml can't be read. */
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
  const context = relay?.context ?? assumedContext(files);
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

/** Everything a workspace is made of, for those who watch it. */
export async function workspacePaths(options: WorkspaceOptions): Promise<readonly string[]> {
  const relay = await relayRulesOf(options);
  const { directory } = await placeOfOptions(options, relay);
  return relay ? [directory, relay.file] : [directory];
}

/** The folder of rule files, as it is to be shown. Throws a RelayError when relay.yaml can't be read. */
export async function transformsDirectory(options: WorkspaceOptions): Promise<string> {
  const { directory } = await placeOfOptions(options, await relayRulesOf(options));
  return shownPath(directory);
}

/** What relay.yaml says of rules: the one that is named, or the one that lies here. The file `.env` beside it counts. */
export async function relayRulesOf({ config }: WorkspaceOptions): Promise<RelayRules | undefined> {
  const file = await relayFileOf(config);
  if (file === undefined) return undefined;
  await loadEnvFileBeside(file);
  return await readRelayRules(file, process.env);
}

/** The folder that relay.yaml or `--transforms` names, or the one that the paths lie in. */
export function placeOfOptions(
  { transforms, paths = [] }: WorkspaceOptions,
  relay: RelayRules | undefined,
): Promise<Place> {
  return placeOf(paths, transforms ?? relay?.transforms ?? 'transforms');
}

/** The rule files of a folder; none where there is no such folder. */
export async function loadIfThere(directory: string): Promise<readonly RuleFile[]> {
  try {
    return await loadRuleFiles(directory);
  } catch (error) {
    if (codeOf(error) === 'rules_folder_missing') return [];
    throw error;
  }
}

/** Where the rules of a folder of Sigma rules stand for the compiler. */
const LOOSE = 'detections/';

/** Laid out as a folder of relay.yaml: table files at the top, Sigma rules below `detections`. Others hold Sigma rules alone. */
export function isRuleFolder(files: readonly RuleFile[]): boolean {
  return files.some(
    ({ path, text }) =>
      /^(?:detections\/|mappings\/|schema\.ya?ml$)/.test(path) ||
      (!path.includes('/') && /^table *:/m.test(text)),
  );
}

/** In the place of the same file, wherever in the folder that is. */
function withFile(files: readonly RuleFile[], extra: RuleFile): readonly RuleFile[] {
  return [...files.filter(({ text, path }) => path !== extra.path && text !== extra.text), extra];
}
