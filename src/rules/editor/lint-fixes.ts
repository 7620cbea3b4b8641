/** The safe changes of `rules lint --fix`, for one file. */
import type { Span } from '../../diagnostics/diagnostic.ts';
import type { Edit } from '../lint/document.ts';
import { lintFiles } from '../lint/lint.ts';
import { profilesOf } from '../lint/profile.ts';
import type { EditedFile } from './document.ts';

/** A finding of `rules lint`, and the change that mends it. */
export interface LintFix {
  readonly span: Span;
  /** `write attack.execution`, or what is wrong where there is no hint. */
  readonly title: string;
  readonly edits: readonly Edit[];
}

/** Longer files are not linted at each movement of the cursor. */
const MOST_CHARACTERS = 262_144;
/** Mending one place may uncover another. */
const ROUNDS = 5;

const lint = ({ path, text }: Pick<EditedFile, 'path' | 'text'>, isForeign: boolean) =>
  lintFiles([{ path, text }], {
    profiles: profilesOf(isForeign ? 'sigmahq' : undefined),
    today: '9999-12-31',
  });

/** @param isForeign whether the file belongs to a folder of Sigma rules alone. */
export function lintFixes(file: EditedFile, isForeign: boolean): readonly LintFix[] {
  if (!isLinted(file)) return [];
  return lint(file, isForeign).mends.map(({ span, message, hint, edits = [] }) => ({
    span,
    title: hint ?? message,
    edits,
  }));
}

/** The text with all safe changes; undefined if there are none. */
export function lintFixed(file: EditedFile, isForeign: boolean): string | undefined {
  if (!isLinted(file)) return undefined;
  let { text } = file;
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = lint({ path: file.path, text }, isForeign).fixed[0]?.text;
    if (next === undefined || next === text) break;
    text = next;
  }
  return text === file.text ? undefined : text;
}

function isLinted({ kind, text }: EditedFile): boolean {
  return (
    (kind === 'detections' || kind === 'tables' || kind === 'exceptions') && text.length <= MOST_CHARACTERS
  );
}
