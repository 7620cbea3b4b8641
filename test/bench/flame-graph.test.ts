import { describe, expect, it } from 'vitest';
import { drawFlameGraph } from '../../bench/flame-graph/draw.ts';
import { framesOf, type Profile, parseProfile } from '../../bench/flame-graph/profile.ts';

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

  it('is of nothing for an empty profile, and refuses what is none', () => {
    expect(framesOf({ nodes: [], samples: [], timeDeltas: [] }).total).toBe(0);
    expect(() => parseProfile('{}')).toThrow('this is no CPU profile');
  });
});
