/** Tells how the command was started, so that what it suggests works where the reader stands. */

/**
 * `npx xdr-relay`, `npm run xdr-relay --`, or `xdr-relay`.
 *
 * @param env npm sets `npm_command` for what it starts (npm docs, "npm exec" and "npm run").
 */
export function commandHere(env: Readonly<Record<string, string | undefined>>): string {
  if (env.npm_command === 'exec') return 'npx xdr-relay';
  if (env.npm_command === 'run' || env.npm_command === 'run-script') return 'npm run xdr-relay --';
  return 'xdr-relay';
}
