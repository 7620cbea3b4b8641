/** Where tests can be run from: above rules, table files and tests. */
import { type Span, START } from '../../diagnostics/diagnostic.ts';
import { plural } from '../../shared/readable.ts';
import type { EditedFile } from './document.ts';
import type { FolderModel, ModelRule, ModelTest } from './model.ts';

/** A line above which tests can be run. */
export interface TestLens {
  readonly span: Span;
  /** `Run 3 tests`. */
  readonly title: string;
  /** The tests: their file and the line of their title. */
  readonly tests: readonly TestKey[];
}

/** Identifies a test. */
export interface TestKey {
  readonly file: string;
  readonly line: number;
}

export function testLenses(
  { kind, path }: Pick<EditedFile, 'kind' | 'path'>,
  model: FolderModel,
): readonly TestLens[] {
  const own = model.tests.filter(({ file }) => file === path);
  if (kind === 'tables' || kind === 'tests') {
    return [lens(START, own), ...own.map((test) => lens(test.span, [test], 'Run test'))].filter(hasTests);
  }
  if (kind !== 'detections') return [];
  return model.rules
    .filter(({ file }) => file === path)
    .map((rule) => lens(rule.span, testsOf(rule, model)))
    .filter(hasTests);
}

/** The tests that expect alerts of a rule. */
export function testsOf(
  { title, id }: ModelRule,
  { tests }: Pick<FolderModel, 'tests'>,
): readonly ModelTest[] {
  return tests.filter(({ alerts }) =>
    alerts.some((name) => name === title || (id !== undefined && name.toLowerCase() === id.toLowerCase())),
  );
}

function lens(
  span: Span,
  tests: readonly ModelTest[],
  title = `Run ${plural(tests.length, 'test')}`,
): TestLens {
  return { span, title, tests: tests.map(({ file, span: { line } }) => ({ file, line })) };
}

function hasTests({ tests }: TestLens): boolean {
  return tests.length > 0;
}
