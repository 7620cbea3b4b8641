/** Shows dead letters, with the texts of their rows masked unless they are asked for. */
import type { StoredDeadLetter } from '../../../delivery/dead-letters.ts';
import { noLetter } from '../../../relay/dead-letters/select.ts';
import { formatInstant, plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { visible } from '../../text.ts';
import { openPorts } from '../open.ts';
import { maskedText } from './mask.ts';
import { UNREADABLE } from './select.ts';

export interface ShowOptions {
  readonly names: readonly string[];
  readonly config: string;
  readonly format: 'table' | 'json';
  /** Show what the row says about people, too. */
  readonly reveal: boolean;
}

export async function showLetters(
  { names, config, format, reveal }: ShowOptions,
  out: Output,
): Promise<ExitCode> {
  const shown = reveal ? (text: string) => text : maskedText;
  const { ports } = await openPorts(config);
  for (const name of names) {
    const stored = await ports.deadLetters.get(name);
    if (!stored) throw noLetter(name);
    out.print(format === 'json' ? asJson(name, stored, shown) : asText(name, stored, shown));
  }
  if (!reveal) out.note('The texts of rows are masked; --reveal shows them.');
  return EXIT.ok;
}

function asJson(
  name: string,
  { letter, storedOn }: StoredDeadLetter,
  shown: (text: string) => string,
): string {
  const { row, payload, ...rest } = letter;
  return JSON.stringify({
    name,
    storedOn,
    ...rest,
    ...(payload !== undefined && { payload: shown(payload) }),
    row: shown(Buffer.from(row).toString()),
  });
}

function asText(
  name: string,
  { letter, storedOn }: StoredDeadLetter,
  shown: (text: string) => string,
): string {
  const { source, destination, reason, message, id, table, rule, payload, details, row } = letter;
  const { answers = [], isolating } = letter;
  const lines = [
    ['Name', name],
    ['Stored', formatInstant(storedOn)],
    ['Destination', destination ?? UNREADABLE],
    ['Reason', `${reason}: ${message}`],
    ...(answers.length > 1 ? answers.map((each) => ['Answer', `${each.code}: ${each.message}`]) : []),
    [
      'Tried again',
      isolating && `${plural(isolating.tries, 'time')}; next at ${formatInstant(isolating.next)}`,
    ],
    ['Details', details && JSON.stringify(details)],
    ['Table', table],
    ['Rule', rule],
    ['Event id', id],
    ['Source', source.name],
    ['Blob', `${source.blob}, byte ${source.offset}`],
  ]
    .filter(([, value]) => value !== undefined)
    .map(([key = '', value = '']) => `${key.padEnd(12)}${visible(value)}`);
  lines.push('', 'Row:', visible(shown(Buffer.from(row).toString())));
  if (payload !== undefined) lines.push('', 'As it was sent:', visible(shown(payload)));
  return `${lines.join('\n')}\n`;
}
