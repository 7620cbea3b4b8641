/** Opens the lists of a folder of rule files for the commands on lists. */
import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { renderDiagnostics } from '../../../diagnostics/render.ts';
import { loadRuleFiles } from '../../../hosts/node/rule-files.ts';
import { sortFiles } from '../../../rules/folder.ts';
import { layered } from '../../../rules/layers.ts';
import { compileLists } from '../../../rules/lists/compile.ts';
import type { CompiledList } from '../../../rules/lists/compiled-list.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';
import type { Output } from '../../output.ts';
import { shownPath } from '../rules/place.ts';
import { placeOfOptions, relayRulesOf, type WorkspaceOptions } from '../rules/workspace.ts';

export interface OpenLists {
  /** The files of `lists/`. */
  readonly files: readonly RuleFile[];
  /** By name. Undefined if a file has errors, which were printed. */
  readonly lists: ReadonlyMap<string, CompiledList> | undefined;
}

/** Reads and compiles the lists, and no other rule files. Throws a RelayError if the folder or relay.yaml cannot be read. */
export async function openLists(options: WorkspaceOptions, out: Output): Promise<OpenLists> {
  const place = await placeOfOptions(options, await relayRulesOf(options));
  const directories = place.directories.map(shownPath);
  const { files: all, origins } = layered(await Promise.all(directories.map(loadRuleFiles)));
  const files = sortFiles(all).lists;
  const found: Diagnostic[] = [];
  const lists = compileLists(files, (diagnostic) => found.push(diagnostic));
  const nameOf = (path: string) => {
    const origin = origins.get(path);
    return origin ? `${directories[origin.folder]}/${origin.path}` : path;
  };
  const located = found.map((one) => ({ ...one, file: nameOf(one.file) }));
  const sources = new Map(files.map(({ path, text }) => [nameOf(path), text]));
  const text = renderDiagnostics(located, sources, 'text', { color: out.noteColor });
  if (text !== '') out.note(text);
  const failed = found.some(({ severity }) => severity === 'error');
  return { files, lists: failed ? undefined : lists };
}
