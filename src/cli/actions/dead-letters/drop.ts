/** Removes dead letters for good. */
import { dropLetters as drop } from '../../../relay/dead-letters/drop.ts';
import { countLetters } from '../../../relay/dead-letters/select.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { openPorts } from '../open.ts';
import { checkLetterDestination, type DeadLetterFilterOptions, selected } from './select.ts';

export interface DropOptions extends DeadLetterFilterOptions {
  readonly names: readonly string[];
  readonly yes: boolean;
}

export async function dropLetters(options: DropOptions, out: Output, signal: AbortSignal): Promise<ExitCode> {
  const { names } = options;
  const opened = await openPorts(options.config);
  const { deadLetters } = opened.ports;
  await checkLetterDestination(options, opened);
  if (!options.yes) {
    const found = await countLetters(selected(deadLetters, names, options, signal));
    out.print(`${plural(found, 'dead letter')} would be removed for good. --yes does it.`);
    return EXIT.ok;
  }
  const bar = out.progress('letters');
  if (bar.isShown) bar.start(await countLetters(selected(deadLetters, names, options, signal)));
  let dropped = 0;
  let kept = 0;
  try {
    for await (const { result } of drop(deadLetters, selected(deadLetters, names, options, signal), signal)) {
      bar.done(1);
      if (result === 'removed') dropped += 1;
      if (result === 'stored_again') kept += 1;
    }
  } finally {
    bar.stop();
    // Where an error ends it, what was removed before is told all the same.
    out.print(`${plural(dropped, 'dead letter')} removed.`);
    if (kept > 0) out.print(`${plural(kept, 'dead letter')} stored again meanwhile, and still there.`);
  }
  // If Ctrl-C stopped the command, the letters that are not removed yet are still stored.
  signal.throwIfAborted();
  return EXIT.ok;
}
