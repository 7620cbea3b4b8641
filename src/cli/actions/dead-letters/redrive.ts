/** Sends dead letters again, and renders the result for each. */

import { stdoutDestinations } from '../../../config/standard-output.ts';
import { nodeCredentials } from '../../../hosts/node/credential.ts';
import { nodeFiles } from '../../../hosts/node/files.ts';
import { nodeHttpClient } from '../../../hosts/node/http.ts';
import { nodeKafkaClient } from '../../../hosts/node/kafka/client.ts';
import { loadRules } from '../../../hosts/node/rules.ts';
import { EXPLAINED, type RedriveOutcome, redrive, SETTLED } from '../../../relay/dead-letters/redrive.ts';
import { countLetters } from '../../../relay/dead-letters/select.ts';
import { createDestinations } from '../../../relay/destinations.ts';
import { redriveDeps } from '../../../relay/redriving.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { formatTable, visible } from '../../text.ts';
import { checkDestinations, openPorts } from '../open.ts';
import { type DeadLetterFilterOptions, NONE_MATCH, selected, UNREADABLE } from './select.ts';

export interface RedriveOptions extends DeadLetterFilterOptions {
  readonly names: readonly string[];
  readonly asStored: boolean;
  readonly format: 'table' | 'json';
}

/** How many remaining letters are printed one by one; the rest is only counted. */
const MOST_SHOWN = 200;

export async function redriveLetters(
  options: RedriveOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { names, asStored } = options;
  const { config, directory, ports } = await openPorts(options.config);
  const { deadLetters } = ports;
  // Letters of a destination that relay.yaml does not have can be sent to nobody.
  if (options.destination !== undefined) checkDestinations([options.destination], config);
  const rules = await loadRules(config, directory, ports.stateBlobs, signal);
  const made = createDestinations(config, {
    http: nodeHttpClient,
    files: nodeFiles,
    kafka: nodeKafkaClient,
    clock: ports.clock,
    credentials: nodeCredentials,
  });
  const deps = redriveDeps({ config, ports, clock: ports.clock, rules, made });
  const bar = out.progress('letters');
  if (bar.isShown) bar.start(await countLetters(selected(deadLetters, names, options, signal)));
  // A destination may have standard output for its rows.
  const print = stdoutDestinations(config).length > 0 ? out.note : out.print;
  const report = new Report(options.format, { print });
  let isWhole = false;
  try {
    const letters = selected(deadLetters, names, options, signal);
    const outcomes = redrive(deps, letters, { asStored, stop: signal });
    for await (const outcome of outcomes) {
      report.add(outcome);
      bar.done(1);
      bar.note(report.short());
    }
    isWhole = true;
  } finally {
    bar.stop();
    await Promise.all([...deps.destinations.values()].map((destination) => destination.close()));
    // Where an error ends it, what was sent before is told all the same.
    if (isWhole || report.tried > 0) report.print(NONE_MATCH);
  }
  // If Ctrl-C stopped the command, the letters that are not accepted yet are still stored.
  signal.throwIfAborted();
  return report.stayed > 0 ? EXIT.failed : EXIT.ok;
}

/** The results of the command: each letter that remains, and the number of letters per result. */
class Report {
  readonly #format: 'table' | 'json';
  readonly #out: Pick<Output, 'print'>;
  readonly #counts = new Map<string, number>();
  readonly #rows: string[][] = [];
  stayed = 0;
  tried = 0;

  constructor(format: 'table' | 'json', out: Pick<Output, 'print'>) {
    this.#format = format;
    this.#out = out;
  }

  add({ letter, result, code, message }: RedriveOutcome): void {
    this.tried += 1;
    this.#counts.set(result, (this.#counts.get(result) ?? 0) + 1);
    if (!SETTLED.has(result)) this.stayed += 1;
    if (this.#format === 'json') {
      this.#out.print(
        JSON.stringify({ name: letter.name, destination: letter.destination, result, code, message }),
      );
    } else if (this.stayed <= MOST_SHOWN && result !== 'accepted') {
      const why = [EXPLAINED[result], code && message ? `${message} (${code})` : message];
      this.#rows.push(
        [result, letter.destination ?? UNREADABLE, letter.name, why.filter(Boolean).join(': ')].map(visible),
      );
    }
  }

  short(): string {
    return [...this.#counts].map(([result, number]) => `${number} ${result}`).join(', ');
  }

  /** @param none the message if there was no letter. */
  print(none: string): void {
    if (this.#format === 'json') return;
    if (this.tried === 0) {
      this.#out.print(none);
      return;
    }
    if (this.#rows.length > 0) {
      this.#out.print(`${formatTable(['RESULT', 'DESTINATION', 'NAME', 'WHY'], this.#rows)}\n`);
    }
    if (this.stayed > MOST_SHOWN) this.#out.print(`... and ${this.stayed - MOST_SHOWN} more\n`);
    const accepted = this.#counts.get('accepted') ?? 0;
    this.#out.print(
      `${plural(accepted, 'dead letter')} accepted and removed, ${this.stayed.toLocaleString('en-US')} still there.`,
    );
  }
}
