/** Lists dead letters. */
import type { DeadLetterSummary } from '../../../delivery/dead-letters.ts';
import { formatInstant } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { formatTable, visible } from '../../text.ts';
import { openPorts } from '../open.ts';
import {
  checkLetterDestination,
  type DeadLetterFilterOptions,
  filterOf,
  NONE_MATCH,
  UNREADABLE,
} from './select.ts';

export interface ListOptions extends DeadLetterFilterOptions {
  readonly format: 'table' | 'json';
}

export async function listLetters(options: ListOptions, out: Output): Promise<ExitCode> {
  const opened = await openPorts(options.config);
  const { ports } = opened;
  await checkLetterDestination(options, opened);
  const { limit = Number.POSITIVE_INFINITY } = options;
  const shown: DeadLetterSummary[] = [];
  let count = 0;
  let more = false;
  for await (const letter of ports.deadLetters.list(filterOf(options))) {
    if (count === limit) {
      more = true;
      break;
    }
    count += 1;
    if (options.format === 'json') out.print(JSON.stringify(letter));
    else shown.push(letter);
  }
  if (options.format === 'json') return EXIT.ok;
  out.print(count === 0 ? NONE_MATCH : letterTable(shown));
  if (more) out.print(`\nThere are more than ${limit}: --limit shows more of them, the filters fewer.`);
  return EXIT.ok;
}

function letterTable(letters: readonly DeadLetterSummary[]): string {
  const named = letters.some(({ source }) => source !== undefined);
  const rows = letters.map(({ storedOn, destination, reason, source = '', table = '', length, name }) =>
    [
      formatInstant(storedOn),
      destination ?? UNREADABLE,
      reason,
      ...(named ? [source] : []),
      table,
      String(length),
      name,
    ].map(visible),
  );
  const head = ['STORED', 'DESTINATION', 'REASON', ...(named ? ['SOURCE'] : []), 'TABLE', 'BYTES', 'NAME'];
  return formatTable(head, rows, [head.indexOf('BYTES')]);
}
