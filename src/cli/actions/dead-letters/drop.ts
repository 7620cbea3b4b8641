/** Removes dead letters for good. */
import type { DeadLetterSummary } from '../../../delivery/dead-letters.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { openPorts } from '../open.ts';
import { checkLetterDestination, countLetters, type DeadLetterFilterOptions, selected } from './select.ts';

export interface DropOptions extends DeadLetterFilterOptions {
  readonly names: readonly string[];
  readonly yes: boolean;
}

const REMOVALS_AT_ONCE = 16;

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
  const drop = async ({ name }: DeadLetterSummary) => {
    const stored = await deadLetters.get(name, signal);
    bar.done(1);
    if (!stored) return;
    if (await deadLetters.remove(name, stored.etag)) dropped += 1;
    else kept += 1;
  };
  try {
    let group: Promise<void>[] = [];
    for await (const letter of selected(deadLetters, names, options, signal)) {
      if (signal.aborted) break;
      group.push(drop(letter));
      if (group.length < REMOVALS_AT_ONCE) continue;
      await Promise.all(group);
      group = [];
    }
    await Promise.all(group);
  } finally {
    bar.stop();
  }
  out.print(`${plural(dropped, 'dead letter')} removed.`);
  if (kept > 0) out.print(`${plural(kept, 'dead letter')} stored again meanwhile, and still there.`);
  // If Ctrl-C stopped the command, the letters that are not removed yet are still stored.
  signal.throwIfAborted();
  return EXIT.ok;
}
