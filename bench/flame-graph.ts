/** Draws a flame graph, an SVG that needs nothing else, from a profile that `node --cpu-prof` wrote. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { drawFlameGraph } from './flame-graph/draw.ts';
import { framesOf, parseProfile } from './flame-graph/profile.ts';
import { sharesOf } from './flame-graph/shares.ts';
import { createSources } from './flame-graph/sources.ts';

const HELP = `node bench/flame-graph.ts <profile.cpuprofile> <graph.svg> [--title <text>]

Draws where the processor time of the main thread went: a box is a function, as wide as its time with that of what it calls, which stands
above it. Point at a box for its name, its file and its share. Time without work is left out.
Prints what the time went into, part by part.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { title: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
const [from, to] = positionals;
if (values.help || from === undefined || to === undefined) {
  process.stdout.write(HELP);
  process.exitCode = values.help ? 0 : 2;
} else {
  const frames = framesOf(parseProfile(await readFile(from, 'utf8')), createSources());
  await writeFile(to, drawFlameGraph(frames, { title: values.title ?? 'Processor time' }));
  for (const { part, share } of sharesOf(frames))
    process.stdout.write(`${(share * 100).toFixed(1).padStart(5)} %  ${part}\n`);
}
