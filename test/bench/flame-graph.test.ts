import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawFlameGraph } from '../../bench/flame-graph/draw.ts';
import { framesOf, type Profile, parseProfile } from '../../bench/flame-graph/profile.ts';
import { sharesOf } from '../../bench/flame-graph/shares.ts';
import { createSources } from '../../bench/flame-graph/sources.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-flame-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const node = (id: number, functionName: string, url: string, children: number[] = []) => ({
  id,
  callFrame: { functionName, url, lineNumber: 1 },
  children,
});

/** Two compilations of `visit`, one of which calls something with a name that is markup. */
const profile: Profile = {
  nodes: [
    node(1, '(root)', '', [2, 3, 5]),
    node(2, 'visit', 'file:///home/someone/clone/src/relay/visit/visit.ts', [4]),
    node(3, 'visit', 'file:///home/someone/clone/src/relay/visit/visit.ts'),
    node(4, '</title><script>"&\u0000\ud800', 'file:///home/someone/clone/node_modules/x/y.js'),
    node(5, '(idle)', ''),
  ],
  samples: [2, 3, 4, 5],
  timeDeltas: [100, 200, 300, 5_000],
};

describe('a flame graph', () => {
  it('adds up what a function and those that it calls took, and leaves idle time out', () => {
    const root = framesOf(profile);
    expect(root.total).toBe(600);
    expect(root.children).toMatchObject([
      {
        name: 'visit',
        file: 'src/relay/visit/visit.ts',
        total: 600,
        children: [{ file: 'node_modules/x/y.js', total: 300 }],
      },
    ]);
  });

  it('is one SVG without script, whatever functions are called', () => {
    const svg = drawFlameGraph(framesOf(profile), { title: 'W <through> serve' });
    expect(svg).toMatch(/^<svg xmlns/);
    for (const bad of ['<script', 'href', '\u0000', '\ud800']) expect(svg).not.toContain(bad);
    expect(svg).toContain('&lt;/title&gt;&lt;script&gt;&quot;&amp;\uFFFD\uFFFD');
    expect(svg).not.toContain('someone');
    expect(svg.match(/<g>/g)).toHaveLength(svg.match(/<\/g>/g)?.length ?? 0);
  });

  it('tells what the time went into', () => {
    expect(sharesOf(framesOf(profile))).toEqual([
      { part: 'visits, rows into lanes', share: 0.5 },
      { part: 'other packages', share: 0.5 },
    ]);
  });

  it('names the files that a bundle was made from', async () => {
    const file = join(folder, 'bundle.js');
    // Line 1, column 0 of the bundle is line 1, column 0 of src/a.ts.
    const map = { version: 3, sources: ['../clone/src/a.ts'], names: [], mappings: 'AAAA' };
    await writeFile(`${file}.map`, JSON.stringify(map));
    const sourceOf = createSources();
    const at = (url: string) => ({ functionName: 'f', url, lineNumber: 0, columnNumber: 0 });
    expect(sourceOf(at(pathToFileURL(file).href)).url).toBe(join(folder, '../clone/src/a.ts'));
    for (const url of ['node:zlib', '', pathToFileURL(join(folder, 'none.js')).href])
      expect(sourceOf(at(url))).toEqual(at(url));
  });

  it('is of nothing for an empty profile, and refuses what is none', () => {
    expect(framesOf({ nodes: [], samples: [], timeDeltas: [] }).total).toBe(0);
    expect(() => parseProfile('{}')).toThrow('this is no CPU profile');
  });
});
