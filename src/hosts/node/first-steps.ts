/** What the built command loads before all else. scripts/build.ts puts it into one file, where the rest of the command is in many. */
export { keepCompiled } from './keep-compiled.ts';
export { runKept } from './kept-script.ts';
