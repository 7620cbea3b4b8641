import { redact } from '../config/redact.ts';
import { renderDiagnostics } from '../diagnostics/render.ts';
import { ConfigError } from '../hosts/node/config-file.ts';
import { messageOf, RelayError } from '../shared/errors.ts';

/** Whether to write colours to a stream (no-color.org; FORCE_COLOR as Node reads it). */
export function useColor(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force } = process.env;
  if (no !== undefined && no !== '') return false;
  if (force !== undefined && force !== '' && force !== '0') return true;
  return stream.isTTY === true;
}

/** What a failed command says: one clear line and where its code is explained, or the findings on relay.yaml. Without a secret. */
export function describeError(
  error: unknown,
  options: { readonly color: boolean; readonly debug: boolean },
): string {
  if (error instanceof ConfigError && error.diagnostics.length > 0) {
    return renderDiagnostics(error.diagnostics, error.sources, 'text', options);
  }
  const known = error instanceof RelayError;
  const line = known
    ? `xdr-relay: ${redact(error.message)} (${error.code})`
    : `xdr-relay: ${redact(messageOf(error))}`;
  if (options.debug) return `${line}\n${redact(stacksOf(error))}`;
  return known
    ? `${line}\nSee docs/errors.md#${error.code}`
    : `${line}\nFor the details: XDR_RELAY_LOG_LEVEL=debug in the environment.`;
}

function stacksOf(error: unknown): string {
  const stacks: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    stacks.push(`${depth === 0 ? '' : 'caused by '}${at.stack ?? at.message}`);
  }
  return stacks.join('\n');
}
