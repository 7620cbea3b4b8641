/** Finds the tests that a change since a revision of git may concern. */
import type { CompiledProgram } from '../../../rules/compile.ts';
import { parseSigmaFile } from '../../../rules/sigma/index.ts';
import type { RuleTest } from '../../../rules/testing/collect.ts';
import { changedRules, checkoutRules } from './git.ts';
import { homesOf, openWorkspace, relayRulesOf, type Workspace, type WorkspaceOptions } from './workspace.ts';

/**
 * A test of whether a change may concern a test: its own file, or a table file or rule of one of its tables, as they are now or were then. A
 * change of anything else (lists, exceptions, correlations ...) concerns all tests.
 */
export async function concerns(
  revision: string,
  options: WorkspaceOptions,
  workspace: Workspace,
): Promise<(test: RuleTest) => boolean> {
  const homes = homesOf(options.transforms, await relayRulesOf(options));
  const changed = new Set((await Promise.all(homes.map((home) => changedRules(revision, home)))).flat());
  if (changed.size === 0) return () => false;
  const { directories, remove } = await checkoutRules(revision, homes);
  try {
    const before = await openWorkspace({ ...options, transforms: directories, paths: [] });
    const sets = [workspace, before];
    const tables = new Set<string>();
    for (const path of changed) {
      if (/\.test\.ya?ml$/i.test(path)) continue;
      const found = sets.map((set) => tablesOf(path, set));
      if (found.includes('all')) return () => true;
      for (const table of found.flat()) tables.add(table.toLowerCase());
    }
    return (test) =>
      changed.has(test.file) || tablesOfTest(test).some((table) => tables.has(table.toLowerCase()));
  } finally {
    await remove();
  }
}

/** The tables whose rows a file is about; `all` if it may be any. Empty if the set does not have the file. */
function tablesOf(path: string, { files, compiled }: Workspace): readonly string[] | 'all' {
  const file = files.find((one) => one.path === path);
  if (!file) return [];
  if (path.startsWith('detections/')) {
    const { documents, diagnostics } = parseSigmaFile(file);
    const isPlain = documents.every(({ kind }) => kind === 'rule') && diagnostics.length === 0;
    return isPlain ? rulesIn(path, compiled) : 'all';
  }
  const table = /^(\w+)\.ya?ml$/i.exec(path)?.[1];
  const isTable = table !== undefined && !/^(?:schema|overrides)$/i.test(table);
  return isTable ? [table] : 'all';
}

function rulesIn(path: string, { compiledRules }: CompiledProgram): readonly string[] {
  return compiledRules.filter(({ rule }) => rule.file === path).map(({ table }) => table);
}

function tablesOfTest(test: RuleTest): readonly string[] {
  return test.kind === 'row' ? [test.table] : test.rows.map(({ table }) => table);
}
