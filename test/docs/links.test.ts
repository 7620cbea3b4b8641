/** Links between the pages of the repository lead to a file that is there, and to a heading that the page has. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allPages } from './documented-files.ts';

const pages = allPages();

/** The text of a page without what stands in code, where brackets mean something else. */
function prose(path: string): string {
  return readFileSync(path, 'utf8')
    .replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\s*$/gm, '')
    .replace(/(?<!`)(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, (code) => code.replace(/[^\w\n -]/g, ''));
}

/** The anchors of a page as GitHub makes them: of its headings, and those that are written out. */
function anchorsOf(path: string): ReadonlySet<string> {
  const found = new Map<string, number>();
  const anchors = new Set<string>();
  for (const [, heading = ''] of readFileSync(path, 'utf8')
    .replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\s*$/gm, '')
    .matchAll(/^#{1,6} +(.*?) *#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const before = found.get(slug) ?? 0;
    found.set(slug, before + 1);
    anchors.add(before === 0 ? slug : `${slug}-${before}`);
  }
  for (const [, id = ''] of readFileSync(path, 'utf8').matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}

/** What is wrong with the links of a page. */
function brokenLinks(page: string): readonly string[] {
  const targets = [
    ...[...prose(page).matchAll(/\]\(([^()\s]+(?:\([^()\s]*\))?)(?: "[^"]*")?\)/g)].map(([, to = '']) => to),
    ...[...prose(page).matchAll(/^\[[^\]]+\]: +(\S+)/gm)].map(([, to = '']) => to),
  ];
  return targets.flatMap((target) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
    const [path = '', anchor] = target.split('#', 2);
    const file = path === '' ? page : normalize(join(dirname(page), decodeURI(path)));
    if (!existsSync(file)) return [`${target}: no such file`];
    if (anchor === undefined || !file.endsWith('.md') || statSync(file).isDirectory()) return [];
    return anchorsOf(file).has(anchor) ? [] : [`${target}: no such heading`];
  });
}

describe('links between pages', () => {
  it('are found', () => {
    expect(pages).toContain('README.md');
    expect(pages.length).toBeGreaterThan(30);
  });

  it.each(pages)('%s', (page) => {
    expect(brokenLinks(page)).toEqual([]);
  });
});
