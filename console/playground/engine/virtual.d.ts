/** The parts of the engine that are loaded late: scripts/playground-plugins.ts makes this module. */
declare module 'virtual:late-parts' {
  import type { Parts } from './late-parts.ts';
  export const parts: Parts;
}
