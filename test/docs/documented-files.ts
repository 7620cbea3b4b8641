/** The pages of the documentation, and the files that they contain: code blocks whose first line is a comment with a path. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export interface DocumentedFile {
  /** Such as `transforms/DeviceEvents.yaml`. Empty where a block of YAML names no file. */
  readonly path: string;
  readonly text: string;
}

/** One chapter of a page: what stands below a heading of level 2, or before the first one. */
export interface Chapter {
  /** Empty for what stands before the first heading. */
  readonly title: string;
  readonly files: readonly DocumentedFile[];
}

const BLOCK = /^```(\w*)\n([\s\S]*?)^```$/gm;
/** A path as the first line of a block: of a rule file, or of another file in YAML. */
const PATH = /^# (transforms\/\S+|[\w-]+\.yaml)\n/;

/** The chapters of a page, with the files in each: all blocks of YAML, and the others that name a path. @param page below the repository's root. */
export function chaptersOf(page: string): readonly Chapter[] {
  return readFileSync(page, 'utf8')
    .split(/^## /m)
    .map((chapter, index) => ({
      title: index === 0 ? '' : (chapter.split('\n', 1)[0] ?? ''),
      files: [...chapter.matchAll(BLOCK)].flatMap(([, language = '', block = '']) => {
        const [line, path] = PATH.exec(block) ?? [];
        if (path === undefined && language !== 'yaml') return [];
        return [{ path: path ?? '', text: block.slice(line?.length ?? 0) }];
      }),
    }));
}

/** The Markdown files of the repository, new ones included, by their paths below its root. */
export function allPages(): readonly string[] {
  const options = { encoding: 'utf8' } as const;
  return execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], options)
    .split('\n')
    .filter((path) => path !== '' && existsSync(path));
}
