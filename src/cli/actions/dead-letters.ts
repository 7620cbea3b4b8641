import type { RelayConfig } from '../../config/schema.ts';
import type {
  DeadLetterArchive,
  DeadLetterFilter,
  DeadLetterSummary,
  StoredDeadLetter,
} from '../../delivery/dead-letters.ts';
import { didYouMean } from '../../diagnostics/nearest.ts';
import { nodeFiles } from '../../hosts/node/files.ts';
import { nodeHttpClient } from '../../hosts/node/http.ts';
import { loadRules } from '../../hosts/node/rules.ts';
import { type RedriveOutcome, redrive } from '../../relay/dead-letters/redrive.ts';
import { createDestinations } from '../../relay/destinations.ts';
import { relaySettings } from '../../relay/settings.ts';
import { RelayError } from '../../shared/errors.ts';
import { formatInstant, plural } from '../../shared/readable.ts';
import type {
  DeadLetterFilterOptions,
  DeadLetterOptions,
  DropOptions,
  RedriveOptions,
} from '../commands/dead-letters.ts';
import { progressBar } from '../progress.ts';
import { abortOnSignals } from '../signals.ts';
import { formatTable, visible } from '../text.ts';
import { instantOf } from '../when.ts';
import { openPorts } from './open.ts';

const NONE = '(unreadable)';
/** Shells' exit code for "ended by SIGINT". */
const STOPPED = 130;
/** Letters that stay are printed one by one up to here, then only counted. */
const MOST_SHOWN = 200;
const REMOVALS_AT_ONCE = 16;

export async function listLetters(options: DeadLetterOptions): Promise<void> {
  const { config, ports } = await openPorts(options.config);
  const shown: DeadLetterSummary[] = [];
  let count = 0;
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  let more = false;
  for await (const letter of ports.deadLetters.list(filterOf(options))) {
    if (count === limit) {
      more = true;
      break;
    }
    count += 1;
    if (options.format === 'json') console.log(JSON.stringify(letter));
    else shown.push(letter);
  }
  if (options.format === 'json') return;
  if (count === 0) console.log(noneMatch(options, config));
  else console.log(letterTable(shown));
  if (more) console.log(`\nThere are more than ${limit}: --limit shows more of them, the filters fewer.`);
}

function letterTable(letters: readonly DeadLetterSummary[]): string {
  const named = letters.some(({ source }) => source !== undefined);
  const rows = letters.map(({ storedOn, destination, reason, source = '', table = '', length, name }) =>
    [
      formatInstant(storedOn),
      destination ?? NONE,
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

export async function showLetters(names: readonly string[], options: DeadLetterOptions): Promise<void> {
  const { ports } = await openPorts(options.config);
  for (const name of names) {
    const stored = await ports.deadLetters.get(name);
    if (!stored) throw noLetter(name);
    console.log(options.format === 'json' ? asJson(name, stored) : asText(name, stored));
  }
}

function asJson(name: string, { letter, storedOn }: StoredDeadLetter): string {
  const { row, ...rest } = letter;
  return JSON.stringify({ name, storedOn, ...rest, row: Buffer.from(row).toString() });
}

function asText(name: string, { letter, storedOn }: StoredDeadLetter): string {
  const { source, destination, reason, message, id, table, rule, payload, details, row } = letter;
  const { answers = [], isolating } = letter;
  const lines = [
    ['Name', name],
    ['Stored', formatInstant(storedOn)],
    ['Destination', destination ?? NONE],
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
  lines.push('', 'Row:', visible(Buffer.from(row).toString()));
  if (payload !== undefined) lines.push('', 'As it was sent:', visible(payload));
  return `${lines.join('\n')}\n`;
}

export async function redriveLetters(names: readonly string[], options: RedriveOptions): Promise<void> {
  const signal = abortOnSignals();
  const opened = await openPorts(options.config);
  const { config, directory, ports } = opened;
  const rules = await loadRules(config, directory, ports.stateBlobs);
  const { rowBytes, retry } = relaySettings(config);
  const destinations = createDestinations(config, {
    http: nodeHttpClient,
    files: nodeFiles,
    clock: ports.clock,
  });
  const bar = progressBar('letters');
  if (process.stderr.isTTY) bar.start(await count(selected(ports.deadLetters, names, options)), 0);
  const report = new Report(options.format);
  try {
    const outcomes = redrive(
      { deadLetters: ports.deadLetters, destinations, rules, rowBytes, retry, clock: ports.clock },
      selected(ports.deadLetters, names, options),
      { asStored: options.asStored ?? false, stop: signal },
    );
    for await (const outcome of outcomes) {
      report.add(outcome);
      bar.done(1);
      bar.note(report.short());
    }
  } finally {
    bar.stop();
    await Promise.all([...destinations.values()].map((destination) => destination.close()));
  }
  report.print(noneMatch(options, config));
  if (signal.aborted) {
    console.error('Stopped: what was not accepted yet is still there.');
    process.exitCode = STOPPED;
  } else if (report.stayed > 0) {
    process.exitCode = 1;
  }
}

/** What became of the letters: each one that stays, and how many of each kind. */
class Report {
  readonly #format: 'table' | 'json';
  readonly #counts = new Map<string, number>();
  readonly #rows: string[][] = [];
  stayed = 0;
  #all = 0;

  constructor(format: 'table' | 'json') {
    this.#format = format;
  }

  add({ letter, result, code, message }: RedriveOutcome): void {
    this.#all += 1;
    this.#counts.set(result, (this.#counts.get(result) ?? 0) + 1);
    if (result !== 'accepted' && result !== 'gone') this.stayed += 1;
    if (this.#format === 'json') {
      console.log(
        JSON.stringify({ name: letter.name, destination: letter.destination, result, code, message }),
      );
    } else if (this.stayed <= MOST_SHOWN && result !== 'accepted') {
      const why = [EXPLAINED[result], code && message ? `${message} (${code})` : message];
      this.#rows.push(
        [result, letter.destination ?? NONE, letter.name, why.filter(Boolean).join(': ')].map(visible),
      );
    }
  }

  short(): string {
    return [...this.#counts].map(([result, number]) => `${number} ${result}`).join(', ');
  }

  /** @param none what to say where there was no letter. */
  print(none: string): void {
    if (this.#format === 'json') return;
    if (this.#all === 0) {
      console.log(none);
      return;
    }
    if (this.#rows.length > 0) {
      console.log(`${formatTable(['RESULT', 'DESTINATION', 'NAME', 'WHY'], this.#rows)}\n`);
    }
    if (this.stayed > MOST_SHOWN) console.log(`... and ${this.stayed - MOST_SHOWN} more\n`);
    const accepted = this.#counts.get('accepted') ?? 0;
    console.log(
      `${plural(accepted, 'dead letter')} accepted and removed, ${this.stayed.toLocaleString('en-US')} still there.`,
    );
  }
}

const EXPLAINED: Readonly<Record<RedriveOutcome['result'], string>> = {
  accepted: '',
  refused: 'still refused',
  down: 'none of these rows was accepted: the destination is down, or refuses them all',
  not_routed: "today's rules do not send it there; --as-stored does",
  unreadable: 'still not readable',
  no_payload: 'stored without a payload; without --as-stored the rules make it anew',
  no_destination: 'relay.yaml has no such destination',
  stored_again: 'sent, and stored again meanwhile',
  gone: 'somebody removed it meanwhile',
};

export async function dropLetters(names: readonly string[], options: DropOptions): Promise<void> {
  const signal = abortOnSignals();
  const opened = await openPorts(options.config);
  const { deadLetters } = opened.ports;
  if (!options.yes) {
    const found = await count(selected(deadLetters, names, options));
    console.log(`${plural(found, 'dead letter')} would be removed for good. --yes does it.`);
    return;
  }
  const bar = progressBar('letters');
  if (process.stderr.isTTY) bar.start(await count(selected(deadLetters, names, options)), 0);
  let dropped = 0;
  let kept = 0;
  const drop = async ({ name }: DeadLetterSummary) => {
    const stored = await deadLetters.get(name);
    bar.done(1);
    if (!stored) return;
    if (await deadLetters.remove(name, stored.etag)) dropped += 1;
    else kept += 1;
  };
  try {
    let group: Promise<void>[] = [];
    for await (const letter of selected(deadLetters, names, options)) {
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
  console.log(`${plural(dropped, 'dead letter')} removed.`);
  if (kept > 0) console.log(`${plural(kept, 'dead letter')} stored again meanwhile, and still there.`);
  if (signal.aborted) process.exitCode = STOPPED;
}

/** The named ones, or those that the filters select, up to the limit. */
async function* selected(
  deadLetters: DeadLetterArchive,
  names: readonly string[],
  options: DeadLetterFilterOptions,
): AsyncGenerator<DeadLetterSummary> {
  const { limit = Number.POSITIVE_INFINITY } = options;
  if (names.length > 0) {
    for (const name of names) yield summaryOf(name, await deadLetters.get(name));
    return;
  }
  let given = 0;
  for await (const letter of deadLetters.list(filterOf(options))) {
    if (given === limit) return;
    given += 1;
    yield letter;
  }
}

function summaryOf(name: string, stored: StoredDeadLetter | undefined): DeadLetterSummary {
  if (!stored) throw noLetter(name);
  const { letter, storedOn } = stored;
  const { destination, reason, source, length } = letter;
  return {
    name,
    destination,
    ...(source.name !== undefined && { source: source.name }),
    reason,
    storedOn,
    blob: source.blob,
    offset: source.offset,
    length,
  };
}

function noLetter(name: string): RelayError {
  return new RelayError('no_dead_letter', `there is no dead letter named ${visible(name)}`);
}

/** Letters of a destination that was removed can be listed and dropped, so its name is no error: but where there is none, a slip. */
function noneMatch({ destination }: DeadLetterFilterOptions, { destinations }: RelayConfig): string {
  const none = 'No dead letters match.';
  const known = Object.keys(destinations);
  if (destination === undefined || known.includes(destination)) return none;
  const hint = didYouMean(destination, known) ?? `it has ${known.join(', ') || 'none'}`;
  return `${none} relay.yaml has no destination "${visible(destination)}": ${hint}`;
}

async function count(letters: AsyncIterable<DeadLetterSummary>): Promise<number> {
  let found = 0;
  for await (const _ of letters) found += 1;
  return found;
}

function filterOf(options: DeadLetterFilterOptions): DeadLetterFilter {
  const { destination, source, unreadable, isolating, reason } = options;
  if (destination !== undefined && unreadable) {
    throw new RelayError('bad_filter', '--unreadable rows have no --destination: give one of the two');
  }
  const now = Date.now();
  const from = options.from === undefined ? undefined : instantOf(options.from, now);
  const to = options.to === undefined ? undefined : instantOf(options.to, now);
  return {
    ...(unreadable ? { destination: null } : destination !== undefined && { destination }),
    ...(source !== undefined && { source }),
    ...(isolating && { isolating }),
    ...(reason !== undefined && { reason }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}
