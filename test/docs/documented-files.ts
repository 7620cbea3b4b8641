/** The files that a page of the documentation contains: code blocks whose first line is a comment with a path. */
import { readFileSync } from 'node:fs';

export interface DocumentedFile {
  /** Such as `transforms/DeviceEvents.yaml`. */
  readonly path: string;
  readonly text: string;
}

/** One chapter of a page: what stands below a heading of level 2, or before the first one. */
export interface Chapter {
  /** Empty for what stands before the first heading. */
  readonly title: string;
  readonly files: readonly DocumentedFile[];
}

/** The chapters of a page, with the files in each. @param page below the repository's root. */
export function chaptersOf(page: string): readonly Chapter[] {
  return readFileSync(page, 'utf8')
    .split(/^## /m)
    .map((text, index) => ({
      title: index === 0 ? '' : (text.split('\n', 1)[0] ?? ''),
      files: [...text.matchAll(/^```\w*\n# ((?:transforms\/|relay\.yaml)\S*)\n([\s\S]*?)^```$/gm)].map(
        ([, path = '', content = '']) => ({ path, text: content }),
      ),
    }));
}
