/** Picks Sigma rules that load out of a folder of them. */
import { compileRules } from '../../src/rules/index.ts';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import { SkippedError } from '../skipped.ts';

const CONTEXT = { destinations: ['splunk'], defaultDestinations: ['splunk'], alerts: [], variables: {} };

/** Taking out a rule may leave another without what it refers to; so often is enough. */
const PASSES = 4;

/** Those that load together. Throws SkippedError where some fail whichever are left out. */
export function loadableRules(files: readonly RuleFile[]): readonly RuleFile[] {
  let rest: readonly RuleFile[] = files.map(({ text }, n) => ({ path: `detections/${n}.yml`, text }));
  for (let pass = 0; pass < PASSES; pass++) {
    const failed = new Set(
      compileRules(rest, CONTEXT)
        .diagnostics.filter(({ severity }) => severity === 'error')
        .map(({ file }) => file),
    );
    if (failed.size === 0) return rest;
    rest = rest.filter(({ path }) => !failed.has(path));
  }
  throw new SkippedError('some of the Sigma rules do not load, whichever are left out');
}

/** So many of them, taken evenly over the folder. Throws SkippedError where there are fewer. */
export function evenly(files: readonly RuleFile[], count: number): readonly RuleFile[] {
  if (files.length < count)
    throw new SkippedError(`only ${files.length} of the Sigma rules load, and ${count} are needed`);
  return Array.from({ length: count }, (_, n) => files[Math.floor((n * files.length) / count)]).filter(
    (file) => file !== undefined,
  );
}
