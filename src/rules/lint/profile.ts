/** Profiles of `rules lint`: which findings count, and how much. */
import { z } from 'zod';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { lintCodes } from '../../diagnostics/lint-codes.ts';
import { checkRuleFile, openRuleFile } from '../open-rule-file.ts';
import type { RuleFile } from '../rule-file.ts';
import type { LintCode, LintSetting } from './document.ts';

export const PROFILE_NAMES = ['own', 'sigmahq'] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

const CODES = ['no-level', ...Object.keys(lintCodes)] as unknown as readonly [LintCode, ...LintCode[]];

/** What is an error in both profiles, and what only warns; codes that are not listed warn. */
const ERRORS: readonly LintCode[] = [
  'matches-everything',
  'constant-condition',
  'dead-selection',
  'bad-date',
];
/** What SigmaHQ asks for and rules for one's own tenant can do without. */
const SIGMAHQ_ONLY: readonly LintCode[] = [
  'no-references',
  'reference-form',
  'title-form',
  'file-form',
  'date-order',
];

/** The settings of a profile for each code. */
export type LintProfile = Readonly<Record<LintCode, LintSetting>>;

/** Which profile holds for which file. */
export interface LintProfiles {
  /** Undefined for a file that is not checked. */
  of(path: string): LintProfile;
  isForeign(path: string): boolean;
}

function namedProfile(name: ProfileName): LintProfile {
  const usual = (code: LintCode): LintSetting => {
    if (ERRORS.includes(code)) return 'error';
    return name === 'own' && SIGMAHQ_ONLY.includes(code) ? 'off' : 'warning';
  };
  return Object.fromEntries(CODES.map((code) => [code, usual(code)])) as LintProfile;
}

const setting = z.enum(['off', 'warning', 'error']).optional();
const settings = z
  .strictObject(Object.fromEntries(CODES.map((code) => [code, setting])))
  .describe('How much each finding counts.');
const base = z.enum(PROFILE_NAMES).describe('The profile that this one changes: `own` or `sigmahq`.');

/** The shape of a profile file. */
export const profileFile = z.strictObject({
  extends: base.default('own'),
  rules: settings.default({}),
  folders: z
    .array(
      z.strictObject({
        path: z.string().min(1).describe('A folder or file below the folder of rule files.'),
        extends: base.optional(),
        rules: settings.default({}),
      }),
    )
    .default([])
    .describe('Other settings for parts of the folder. Of several that fit a file, the last one counts.'),
});

/** The length limits of a profile file. */
const PROFILE_FILE = {
  characters: 65_536,
  values: 10_000,
  starter: 'a profile begins with "extends: own" or "extends: sigmahq"',
};

/** Reads a profile file. Undefined if it has mistakes, which were reported. */
export function readProfile(
  file: RuleFile,
  report: (diagnostic: Diagnostic) => void,
): LintProfiles | undefined {
  const open = openRuleFile(file, PROFILE_FILE, report);
  const content = open && checkRuleFile(open, profileFile, open.data);
  if (!content) return undefined;
  const top = { name: content.extends, profile: { ...namedProfile(content.extends), ...content.rules } };
  const folders = content.folders.map(({ path, extends: name, rules }) => {
    const from = name === undefined ? top : { name, profile: namedProfile(name) };
    const below = path.replace(/\/+$/, '');
    return {
      holds: (at: string) => at === below || at.startsWith(`${below}/`),
      name: from.name,
      profile: { ...from.profile, ...rules },
    };
  });
  const found = (path: string) => folders.findLast(({ holds }) => holds(path)) ?? top;
  return { of: (path) => found(path).profile, isForeign: (path) => found(path).name === 'sigmahq' };
}

/** A checkout of SigmaHQ below `detections/`, and rules that were copied from it. */
const VENDOR_FOLDER = /^detections\/(?:.*\/)?(?:sigma|sigmahq|rules|rules-[a-z-]+)\//i;

/**
 * The profiles without a file.
 *
 * @param name for all files; undefined: `sigmahq` for folders with SigmaHQ's names below `detections/`, and `own` for all others.
 */
export function profilesOf(name: ProfileName | undefined): LintProfiles {
  const [own, sigmahq] = [namedProfile('own'), namedProfile('sigmahq')];
  const isForeign = (path: string) => (name === undefined ? VENDOR_FOLDER.test(path) : name === 'sigmahq');
  return { isForeign, of: (path) => (isForeign(path) ? sigmahq : own) };
}
