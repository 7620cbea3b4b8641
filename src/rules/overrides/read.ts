/** Reads `overrides.yml`: which rules each override selects, and what it says of them. */
import type { Diagnostic, Span } from '../../diagnostics/diagnostic.ts';
import type { Path } from '../../diagnostics/path.ts';
import { unknownDestination } from '../../diagnostics/sentences.ts';
import type { Level } from '../../shared/event.ts';
import { type DeclaredGrouping, declaredGrouping, groupingConflict } from '../../shared/grouping.ts';
import { checkRuleFile, type OpenRuleFile, openRuleFile, RULE_FILES } from '../open-rule-file.ts';
import type { RuleFile } from '../rule-file.ts';
import type { RuleContext } from '../ruleset.ts';
import type { Placed } from '../sigma/index.ts';
import { glob } from '../transforms/pattern.ts';
import { overridesFile } from './schema.ts';

/** One override, read and checked by itself. */
export interface Override {
  readonly file: string;
  readonly span: Span;
  readonly title?: string;
  /** The names that it gives rules by, with their places; undefined if it does not select by name. */
  readonly rules: readonly Placed[] | undefined;
  /** Undefined if it does not select by tag. */
  readonly tags: ((tag: string) => boolean) | undefined;
  /** Undefined if it does not select by folder. */
  readonly folder: ((path: string) => boolean) | undefined;
  readonly enabled?: boolean;
  readonly level?: Level;
  readonly destinations?: readonly string[];
  readonly grouping?: DeclaredGrouping;
  /** The columns of `group_by`. */
  readonly columns: readonly Placed[];
}

const SELECTORS = ['rules', 'tags', 'folder'] as const;
const CHANGES = ['enabled', 'level', 'destinations', 'group_by', 'window', 'repeat', 'grouping'] as const;

/** Reads the overrides of some files in their order, and reports their mistakes. */
export function readOverrides(
  files: readonly RuleFile[],
  { destinations }: Pick<RuleContext, 'destinations'>,
  report: (diagnostic: Diagnostic) => void,
): readonly Override[] {
  return files.flatMap((source): readonly Override[] => {
    const file = openRuleFile(source, RULE_FILES.overrides, report);
    const content = file && checkRuleFile(file, overridesFile, file.data);
    if (!file || !content) return [];
    return content.overrides.flatMap((written, index): readonly Override[] => {
      const at: Path = ['overrides', index];
      if (!isComplete(file, at, written)) return [];
      for (const [n, name] of (written.destinations ?? []).entries()) {
        const path = [...at, 'destinations', n];
        if (destinations !== undefined && !destinations.includes(name)) {
          file.report({ ...unknownDestination(path, name, destinations), path });
        }
      }
      const { title, enabled, level } = written;
      const grouping = declaredGrouping(written);
      return [
        {
          file: file.path,
          span: file.span(at),
          rules: written.rules === undefined ? undefined : placed(file, [...at, 'rules'], written.rules),
          tags: anyOf(written.tags, (tag) => glob(tag.toLowerCase())),
          folder: anyOf(written.folder, isBelow),
          columns: placed(file, [...at, 'group_by'], written.group_by ?? []),
          ...(title !== undefined && { title }),
          ...(enabled !== undefined && { enabled }),
          ...(level !== undefined && { level }),
          ...(written.destinations && { destinations: [...new Set(written.destinations)] }),
          ...(grouping !== undefined && { grouping }),
        },
      ];
    });
  });
}

/** Whether an override selects something and changes something; if not, that was reported. */
function isComplete(file: OpenRuleFile, at: Path, written: object): boolean {
  const has = (key: string) => Reflect.get(written, key) !== undefined;
  if (!SELECTORS.some(has)) {
    const message = 'the override does not say which rules it changes';
    file.report({ code: 'missing-key', path: at, message, hint: `add one of: ${SELECTORS.join(', ')}` });
    return false;
  }
  if (!CHANGES.some(has)) {
    const message = 'the override changes nothing';
    file.report({ code: 'missing-key', path: at, message, hint: `add one of: ${CHANGES.join(', ')}` });
    return false;
  }
  const conflict = groupingConflict(written);
  if (!conflict) return true;
  file.report({ code: 'conflict', path: [...at, conflict.key], atKey: true, message: conflict.message });
  return false;
}

function placed(file: OpenRuleFile, at: Path, list: string | readonly string[]): readonly Placed[] {
  if (typeof list === 'string') return [{ text: list, span: file.span(at), file: file.path }];
  return list.map((text, index) => ({ text, span: file.span([...at, index]), file: file.path }));
}

function anyOf(
  list: string | readonly string[] | undefined,
  compile: (text: string) => (text: string) => boolean,
): ((text: string) => boolean) | undefined {
  if (list === undefined) return undefined;
  const tests = (typeof list === 'string' ? [list] : list).map(compile);
  return (text) => tests.some((fits) => fits(text));
}

/** Whether a rule's file lies in a folder below `detections/`, or is that file. */
function isBelow(folder: string): (path: string) => boolean {
  const wanted = folder.replace(/^(?:\.\/)?(?:detections\/)?/, '').replace(/\/+$/, '');
  return (path) => {
    const inside = path.replace(/^detections\//, '');
    return wanted === '' || inside === wanted || inside.startsWith(`${wanted}/`);
  };
}
