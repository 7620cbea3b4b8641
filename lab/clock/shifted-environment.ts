/** Makes the environment for child processes with a shifted wall clock. */

const PRELOAD = new URL('clock-preload.ts', import.meta.url).href;

/** The environment of a child process whose wall clock is shifted by the milliseconds in a file. */
export function shiftedEnvironment(clockFile: string): NodeJS.ProcessEnv {
  return { ...process.env, NODE_OPTIONS: `--import=${PRELOAD}`, SHIFTED_CLOCK_FILE: clockFile };
}
