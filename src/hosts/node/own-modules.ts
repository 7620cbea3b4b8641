/** Loads modules of Node that each start of `serve` uses, before V8 gets other settings. */

/**
 * Each with those that it needs itself: `https` has `http`, `net`, `tls` and `crypto`, and `cluster`, which a server that listens asks for, has
 * `child_process` and `dgram`.
 */
const USED = [
  'node:https',
  'node:fs/promises',
  'node:worker_threads',
  'node:perf_hooks',
  'node:dns',
  'node:cluster',
];

/**
 * Node's binary contains its own modules as V8 compiled them. V8 accepts that code only while its settings are those that it was compiled with:
 * after any `setFlagsFromString` it compiles the modules anew, which took 30 ms of the processor time of a start.
 */
export function loadOwnModules(): void {
  for (const name of USED) process.getBuiltinModule(name);
  // Node loads these when they are first read. `Response` loads all of its undici, which the HTTP server needs.
  for (const name of ['Response', 'crypto', 'navigator'] as const) Reflect.get(globalThis, name);
}
