/** Reports how many Sigma rules of a folder would run. */
import { writeFile } from 'node:fs/promises';
import picocolors from 'picocolors';
import { loadRuleFolders } from '../../../hosts/node/rule-files.ts';
import { assumedContext } from '../../../rules/assumed-context.ts';
import { attackLayer } from '../../../rules/attack-layer.ts';
import { type Caveat, type Coverage, coverageOf } from '../../../rules/coverage.ts';
import { changeSince, gapsOf, readBaseline, readTargets } from '../../../rules/coverage-targets.ts';
import { sortFiles } from '../../../rules/folder.ts';
import { isRuleFolder, layered } from '../../../rules/layers.ts';
import type { RuleFile } from '../../../rules/rule-file.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { UsageError } from '../../usage-error.ts';
import { type Cells, inColumns } from './columns.ts';
import { changeText, type Goals, gapsText, readGoals } from './coverage-goals.ts';
import { coverageAsMarkdown } from './coverage-markdown.ts';
import { isMeant, mustHoldFiles, placeOf, shownPath } from './place.ts';
import { homesOf, loadIfThere, relayRulesOf, type WorkspaceOptions } from './workspace.ts';

export interface CoverageOptions extends WorkspaceOptions {
  readonly format: 'text' | 'json' | 'markdown';
  /** Whether to name every rule that cannot run. */
  readonly list?: boolean;
  /** Where to write a layer of ATT&CK Navigator. */
  readonly navigator?: string | undefined;
  /** A file of techniques that must be covered. */
  readonly targets?: string | undefined;
  /** What an earlier run printed as JSON. */
  readonly baseline?: string | undefined;
  /** Whether a target that is not reached, or a technique that the baseline had, makes the command fail. */
  readonly failOnGaps?: boolean;
}

/**
 * `rules coverage`: reports how many Sigma rules would run, how many would not, and why. The rules are in folders like SigmaHQ's, or in
 * a folder of rule files, whose mappings and tables are then used.
 */
export async function coverageCommand(options: CoverageOptions, out: Output): Promise<ExitCode> {
  const { failOnGaps = false, navigator } = options;
  if (failOnGaps && options.targets === undefined && options.baseline === undefined) {
    throw new UsageError(
      'options_conflict',
      '--fail-on-gaps needs --targets or --baseline: without them there are no gaps',
    );
  }
  const targets = options.targets === undefined ? undefined : await readGoals(options.targets, readTargets);
  const baseline =
    options.baseline === undefined ? undefined : await readGoals(options.baseline, readBaseline);
  const relay = await relayRulesOf(options);
  const homes = homesOf(options.transforms, relay);
  const { paths = [] } = options;
  const given = await Promise.all(
    paths.length > 0 ? paths.map((path) => sigmaRulesOf([path], homes)) : [sigmaRulesOf([], homes)],
  );
  const rules = given.flatMap((one) => one.rules);
  const own = given.find((one) => one.own)?.own ?? layered(await Promise.all(homes.map(loadIfThere))).files;
  const coverage = coverageOf(rules, own, relay?.context ?? assumedContext([...rules, ...own]));
  const goals: Goals = {
    ...(targets && { targets: targets.length, gaps: gapsOf(coverage, targets) }),
    ...(baseline && { change: changeSince(coverage, baseline) }),
  };
  if (navigator !== undefined) await writeFile(navigator, `${attackLayer(coverage, targets ?? [])}\n`);
  if (options.format === 'json') out.print(asJson(coverage, goals));
  else if (options.format === 'markdown') out.print(coverageAsMarkdown(coverage, goals));
  else out.print(asText(coverage, goals, { list: options.list === true, color: out.color }));
  const isWorse = (goals.gaps ?? []).length > 0 || (goals.change?.lost ?? []).length > 0;
  return failOnGaps && isWorse ? EXIT.failed : EXIT.ok;
}

/**
 * The Sigma rules at the given paths or, without paths, in `homes`. They are named by paths that a person can open. If the paths are in
 * a folder of rule files, all files of that folder are returned too.
 */
async function sigmaRulesOf(
  paths: readonly string[],
  homes: readonly string[],
): Promise<{ readonly rules: readonly RuleFile[]; readonly own?: readonly RuleFile[] }> {
  const place = await placeOf(paths, homes);
  const { files, origins, nameOf } = await loadRuleFolders(place.directories.map(shownPath));
  const placed = (path: string) => {
    const origin = origins.get(path);
    return { directory: place.directories[origin?.folder ?? 0] ?? '', path: origin?.path ?? path };
  };
  mustHoldFiles(
    place,
    files.map((file) => placed(file.path)),
  );
  const isOwn = !place.isForeign || isRuleFolder(files);
  const sigma = isOwn
    ? sortFiles(files).detections
    : files.filter((file) => !/\.test\.ya?ml$/i.test(file.path));
  const rules = sigma
    .filter((file) => isMeant(place, placed(file.path)))
    .map((file) => ({ path: nameOf(file.path), text: file.text }));
  return isOwn ? { rules, own: files } : { rules };
}

const CAVEATS: Readonly<Record<Caveat['kind'], string>> = {
  approximate: 'a column is not quite the field',
  'lost-alternative': 'an alternative never matches',
  wider: 'what a filter excludes cannot be found: more rows match',
};

function asText(
  coverage: Coverage,
  { targets = 0, gaps, change }: Goals,
  { list, color }: { readonly list: boolean; readonly color: boolean },
): string {
  const paint = picocolors.createColors(color);
  const { rules, running, unproven, caveats, sources, obstacles, techniques, tables, failures } = coverage;
  const more = unproven === 0 ? '' : `, and ${unproven} more on mappings that no public row bears out`;
  const blocks = [`${running} of ${rules} rules run (${percent(running, rules)})${more}`];
  const add = (title: string, lines: readonly Cells[]) => {
    if (lines.length > 0) blocks.push(`${paint.bold(title)}\n${inColumns(lines)}`);
  };
  add(
    'Log sources: rules, of them running',
    sources.map((one) => [
      one.rules,
      one.running,
      percent(one.running, one.rules),
      one.unproven === 0 ? one.source : `${one.source} (and ${one.unproven} unproven)`,
    ]),
  );
  add(
    'Not quite what they say: rules that run',
    caveats.map((one) => [one.rules, CAVEATS[one.kind]]),
  );
  add(
    'Tables: rules that run on them',
    [...tables].map(([table, count]) => [count, table]),
  );
  add(
    'Why the others do not: rules, first example',
    obstacles.map((one) => [one.rules, one.code, one.example]),
  );
  const names = [...techniques].map(([technique, count]) => `${technique} (${count})`);
  if (names.length > 0)
    blocks.push(`${paint.bold(`ATT&CK techniques covered: ${names.length}`)}\n${wrapped(names)}`);
  if (gaps) blocks.push(gapsText(gaps, targets));
  if (change) blocks.push(changeText(change));
  if (list) {
    const lines = failures.map(
      ({ file, span, message }) => `  ${file}:${span.line}:${span.column}: ${message}`,
    );
    if (lines.length > 0) blocks.push([paint.bold('Errors'), ...lines].join('\n'));
  }
  return blocks.join('\n\n');
}

function asJson(coverage: Coverage, goals: Goals): string {
  const { techniques, families: _, tables, ...rest } = coverage;
  const plain = {
    ...rest,
    techniques: Object.fromEntries(techniques),
    tables: Object.fromEntries(tables),
    ...goals,
  };
  return JSON.stringify(plain, undefined, 2);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${Math.floor((100 * part) / whole)} %`;
}

/** Joins words into lines of at most 100 characters. */
function wrapped(words: readonly string[]): string {
  const lines: string[] = [];
  let line = ' ';
  for (const word of words) {
    if (line.length + word.length > 100) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}
