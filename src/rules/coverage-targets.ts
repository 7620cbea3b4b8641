/** Compares the covered techniques with those that are wanted, and with those of an earlier run. */
import { z } from 'zod';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Coverage } from './coverage.ts';
import { checkRuleFile, openRuleFile } from './open-rule-file.ts';
import type { RuleFile } from './rule-file.ts';

/** A technique that rules must cover. */
export interface Target {
  readonly technique: string;
  /** How many rules at least. */
  readonly rules: number;
}

/** A target that is not reached. */
export interface Gap extends Target {
  readonly found: number;
}

/** What changed since an earlier run. */
export interface CoverageChange {
  readonly running: readonly [before: number, after: number];
  readonly lost: readonly string[];
  readonly gained: readonly string[];
}

const TECHNIQUE = z.string().regex(/^T\d{4}(?:\.\d{3})?$/, 'a technique such as T1059 or T1059.001');
const LIMITS = { characters: 4_194_304, values: 200_000 };

/** The shape of a file of targets. */
export const targetsFile = z.strictObject({
  targets: z.array(
    z.union([TECHNIQUE, z.strictObject({ technique: TECHNIQUE, rules: z.number().int().min(1).default(1) })]),
  ),
});

/** A layer of ATT&CK Navigator: its techniques with a score above 0, or without one. */
const layerFile = z.looseObject({
  techniques: z.array(
    z.looseObject({ techniqueID: z.string(), score: z.number().optional(), enabled: z.boolean().optional() }),
  ),
});

/** Reads targets: YAML, or a layer of ATT&CK Navigator. Undefined if the file has mistakes, which were reported. */
export function readTargets(
  file: RuleFile,
  report: (diagnostic: Diagnostic) => void,
): readonly Target[] | undefined {
  const starter = 'a file of targets begins with "targets:"';
  const open = openRuleFile(file, { ...LIMITS, starter }, report);
  if (!open) return undefined;
  const layer = layerFile.safeParse(open.data);
  if (layer.success) {
    const wanted = layer.data.techniques.filter(({ score = 1, enabled = true }) => enabled && score > 0);
    return [...new Set(wanted.map(({ techniqueID }) => techniqueID))].map((technique) => ({
      technique,
      rules: 1,
    }));
  }
  const content = checkRuleFile(open, targetsFile, open.data);
  return content?.targets.map((one) => (typeof one === 'string' ? { technique: one, rules: 1 } : one));
}

/** The targets that the rules do not reach. A rule for a sub-technique counts for its technique. */
export function gapsOf({ techniques, families }: Coverage, targets: readonly Target[]): readonly Gap[] {
  return targets.flatMap((target) => {
    const counts = target.technique.includes('.') ? techniques : families;
    const found = counts.get(target.technique) ?? 0;
    return found < target.rules ? [{ ...target, found }] : [];
  });
}

const baselineFile = z.looseObject({ running: z.number(), techniques: z.record(z.string(), z.number()) });
export type Baseline = z.infer<typeof baselineFile>;

/** Reads what `rules coverage --format json` printed. Undefined if the file has mistakes, which were reported. */
export function readBaseline(file: RuleFile, report: (diagnostic: Diagnostic) => void): Baseline | undefined {
  const starter = '"xdr-relay rules coverage --format json" writes one';
  const open = openRuleFile(file, { ...LIMITS, starter }, report);
  return open && checkRuleFile(open, baselineFile, open.data);
}

export function changeSince({ running, techniques }: Coverage, before: Baseline): CoverageChange {
  const earlier = Object.keys(before.techniques).sort();
  return {
    running: [before.running, running],
    lost: earlier.filter((technique) => !techniques.has(technique)),
    gained: [...techniques.keys()].filter((technique) => !earlier.includes(technique)),
  };
}
