/** Rule files from a person's own disk: where each belongs in the set, and which are left out. */
import { MOST_FILES, MOST_FILES_TEXT, type SourceFile } from './engine/messages.ts';

export interface OpenedFiles {
  readonly files: readonly SourceFile[];
  /** A sentence about what was left out; empty where nothing was. */
  readonly left: string;
}

/** What is read of a `File`. */
export interface ChosenFile {
  readonly name: string;
  /** Empty where no folder was chosen. */
  readonly webkitRelativePath: string;
  readonly size: number;
  text(): Promise<string>;
}

const TEXTS = /\.(?:ya?ml|csv|txt|json)$/i;
const FOLDERS = /^(?:detections|exceptions|lists|mappings|shapes)\//;
const SIGMA = /^(?:detection|correlation|logsource):/m;

/**
 * The files of the set with those that were chosen, which take the place of those of the same path. Sigma rules from elsewhere go below
 * `detections/`, and lists below `lists/`.
 */
export async function withOpened(
  before: readonly SourceFile[],
  chosen: readonly ChosenFile[],
): Promise<OpenedFiles> {
  const files = new Map(before.map((one) => [one.path, one]));
  let length = before.reduce((sum, { text }) => sum + text.length, 0);
  let left = 0;
  for (const file of chosen.toSorted((one, other) => (pathOf(one) < pathOf(other) ? -1 : 1))) {
    if (!TEXTS.test(file.name) || length + file.size > MOST_FILES_TEXT) {
      left += 1;
      continue;
    }
    const text = await file.text();
    const path = placeOf(pathOf(file), text);
    if (!files.has(path) && files.size >= MOST_FILES) {
      left += 1;
      continue;
    }
    length += text.length - (files.get(path)?.text.length ?? 0);
    files.set(path, { path, text });
  }
  return { files: [...files.values()], left: left === 0 ? '' : leftOut(left) };
}

function leftOut(count: number): string {
  const most = `${MOST_FILES} files and ${MOST_FILES_TEXT.toLocaleString('en')} characters`;
  const files = count === 1 ? '1 file is' : `${count.toLocaleString('en')} files are`;
  return `${files} left out: no rule file or list by its name, or more than ${most} in all.`;
}

/** Without the name of the folder that was chosen. */
function pathOf({ name, webkitRelativePath }: ChosenFile): string {
  const [, ...steps] = webkitRelativePath.split('/');
  return steps.length === 0 ? name : steps.join('/');
}

function placeOf(path: string, text: string): string {
  if (FOLDERS.test(path) || /\.test\.ya?ml$/i.test(path)) return path;
  if (/\.(?:csv|txt|json)$/i.test(path)) return `lists/${path}`;
  return SIGMA.test(text) ? `detections/${path}` : path;
}
