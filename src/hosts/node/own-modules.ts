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
 * Node's program has its own modules in it as V8 compiled them, and V8 takes that only while its settings are those of then: after any
 * `setFlagsFromString` it compiles them anew, which took 30 ms of processor time of a start.
 */
export function loadOwnModules(): void {
  for (const name of USED) process.getBuiltinModule(name);
  // Node loads these when they are first read; with `Response` all of its undici, which whatever takes requests needs.
  for (const name of ['Response', 'crypto', 'navigator'] as const) Reflect.get(globalThis, name);
}
