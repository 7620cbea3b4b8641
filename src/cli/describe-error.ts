/** Formats the error of a failed command, in the same way for all commands. */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { redact } from '../config/redact.ts';
import { renderDiagnostics } from '../diagnostics/render.ts';
import { ConfigError } from '../hosts/node/config-file.ts';
import { isClone, packageFolder } from '../hosts/node/package-folder.ts';
import { messageOf, RelayError } from '../shared/errors.ts';
import { systemAdvice, systemCodeOf, systemPhrase } from '../shared/system-errors.ts';

/** One line with a link to the explanation of the error's code, or the findings on relay.yaml. Contains no secrets; contains stacks if `debug` is set. */
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
    : `xdr-relay: ${redact(messageOf(error))}${systemSentence(error)}`;
  if (options.debug) return `${line}\n${redact(stacksOf(error))}`;
  return known
    ? `${line}\nSee ${errorsPage()}#${error.code}`
    : `${line}\nFor details set XDR_RELAY_LOG_LEVEL=debug in the environment.`;
}

/** What an error of the operating system means and what to do, where the message is the system's own. */
function systemSentence(error: unknown): string {
  const code = systemCodeOf(error);
  return code === undefined ? '' : `\n${systemPhrase(code)}: ${systemAdvice(error)}.`;
}

/** Where the page is that explains the codes: in a clone below its root, in the package where npm installed it, if it is there at all. */
function errorsPage(): string {
  const page = 'docs/errors.md';
  try {
    const folder = packageFolder();
    const file = join(folder, page);
    return isClone(folder) || !existsSync(file) ? page : relative(process.cwd(), file);
  } catch (error) {
    // The command was copied away from its package.
    if (error instanceof RelayError) return page;
    throw error;
  }
}

function stacksOf(error: unknown): string {
  const stacks: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    stacks.push(`${depth === 0 ? '' : 'caused by '}${at.stack ?? at.message}`);
  }
  return stacks.join('\n');
}
