/** Finds the TypeScript file that a place in the built command was made from, by its source map. */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CallFrame } from './profile.ts';

/** Gives the same frame with the file it was written in, where that is known. Reads each map once. */
export function createSources(): (frame: CallFrame) => CallFrame {
  const maps = new Map<string, SourceMap | undefined>();
  return (frame) => {
    const { url, lineNumber, columnNumber = 0 } = frame;
    if (!url.startsWith('file:') || !/\.c?js$/.test(url)) return frame;
    const file = fileURLToPath(url);
    if (!maps.has(file)) maps.set(file, mapOf(file));
    const found = maps.get(file)?.findEntry(lineNumber, columnNumber);
    if (!found || !('originalSource' in found) || !found.originalSource) return frame;
    const source = resolve(dirname(file), found.originalSource);
    return { ...frame, url: source, lineNumber: found.originalLine };
  };
}

function mapOf(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
  } catch {
    // A file that is as it was written.
    return undefined;
  }
}
