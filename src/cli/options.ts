/** The options and arguments of the commands: how to make one, and those that several commands share. */

import { Argument, InvalidArgumentError, Option } from 'commander';
import { withoutLineEnds } from '../config/fill-in.ts';
import { nearest } from '../diagnostics/nearest.ts';
import { systemClock } from '../shared/clock.ts';
import { durationBetween } from '../shared/duration.ts';
import type { ArgumentInput, OptionInput } from './command.ts';
import { REPORT_FORMATS, type ReportFile, type ReportFormat } from './report-formats.ts';
import { instantOf } from './when.ts';

// Functions that make inputs. Descriptions are in sentence case, without a full stop.

/** `--watch`: false unless given. */
export function flag(flags: string, description: string): OptionInput<boolean> {
  return { option: new Option(flags, description), read: (given) => given === true };
}

/** `--no-consumer`: true unless given. */
export function switchOff(flags: string, description: string): OptionInput<boolean> {
  return { option: new Option(flags, description), read: (given) => given !== false };
}

/** `--out <file>`: a string; undefined if it is not given. */
export function text(flags: string, description: string): OptionInput<string | undefined> {
  return parsed(flags, description, (given) => given);
}

/** `--table A --table B`: all given values. */
export function list(flags: string, description: string): OptionInput<readonly string[]> {
  const gather = (value: string, earlier: unknown) => [...asList(earlier), value];
  return { option: new Option(flags, description).argParser(gather), read: asList };
}

function asList(value: unknown): readonly string[] {
  return Array.isArray(value) ? value : [];
}

/** An option whose string `parse` converts. `parse` throws InvalidArgumentError. */
export function parsed<T>(
  flags: string,
  description: string,
  parse: (given: string) => T,
): OptionInput<T | undefined> {
  const option = new Option(flags, description).argParser((given) => parse(given));
  return { option, read: (given) => given as T | undefined };
}

/** The option with a default value. @param shown the default value as help shows it. */
export function withDefault<T>(
  { option }: OptionInput<T | undefined>,
  value: T,
  shown?: string,
): OptionInput<T> {
  option.default(value, shown);
  return { option, read: (given) => given as T };
}

/** The option, made mandatory. */
export function required<T>({ option }: OptionInput<T | undefined>): OptionInput<T> {
  option.makeOptionMandatory();
  return { option, read: (given) => given as T };
}

/** One of a few words. */
export function choice<const C extends string>(
  flags: string,
  description: string,
  choices: readonly C[],
): OptionInput<C | undefined> {
  const made = parsed(flags, description, (given) => chosen(given, choices));
  made.option.argChoices = [...choices];
  return made;
}

/** Some of a few words: `--to a,b --to c`. */
export function choicesOf<const C extends string>(
  flags: string,
  description: string,
  choices: readonly C[],
): OptionInput<readonly C[]> {
  const gather = (given: string, earlier: unknown) => [
    ...asList(earlier),
    ...given.split(',').map((each) => chosen(each.trim(), choices)),
  ];
  return {
    option: new Option(flags, `${description}: ${choices.join(', ')}`).argParser(gather),
    read: (given) => asList(given) as readonly C[],
  };
}

function chosen<C extends string>(given: string, choices: readonly C[]): C {
  const found = choices.find((each) => each === given);
  if (found !== undefined) return found;
  // The wording is Commander's for options and commands.
  const [near] = nearest(given, choices);
  throw new InvalidArgumentError(
    `It is one of ${choices.join(', ')}.${near === undefined ? '' : `\n(Did you mean ${near}?)`}`,
  );
}

/** A duration in milliseconds, within bounds. */
export function duration(
  flags: string,
  description: string,
  [least, most]: readonly [least: string, most: string],
): OptionInput<number | undefined> {
  const schema = durationBetween(least, most, description);
  return parsed(flags, description, (given) => {
    const read = schema.safeParse(given);
    if (read.success) return read.data;
    throw new InvalidArgumentError(
      `It is a duration such as "30s", "15m" or "2h", from "${least}" to "${most}".`,
    );
  });
}

/** A point in time. The value is the given string, which was checked; `instantOf` parses it. */
export function instant(flags: string, description: string): OptionInput<string | undefined> {
  return parsed(flags, description, (given) => {
    if (instantOf(given, systemClock.now()) !== undefined) return given;
    throw new InvalidArgumentError(
      'A time is "2026-11-23", "2026-11-23T07:00Z" (UTC where no zone is given) or "24h", which means 24 hours ago.',
    );
  });
}

/** A number above 0. */
export function positive(given: string): number {
  const value = Number(given);
  if (!/^\d+(?:\.\d+)?$/.test(given) || value <= 0 || !Number.isFinite(value)) {
    throw new InvalidArgumentError('It is a number above 0.');
  }
  return value;
}

/** A whole number above 0. */
export function count(given: string): number {
  const value = Number(given);
  if (!/^\d{1,15}$/.test(given) || value < 1) {
    throw new InvalidArgumentError('It is a whole number above 0.');
  }
  return value;
}

/** A whole number within bounds, both included. */
export function whole(
  flags: string,
  description: string,
  [least, most]: readonly [number, number],
): OptionInput<number | undefined> {
  return parsed(flags, description, (given) => {
    const value = /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  });
}

/** A mandatory argument. */
export function argument(name: string, description: string): ArgumentInput<string> {
  return { argument: new Argument(`<${name}>`, description), read: (given) => given as string };
}

/** An optional argument. */
export function optionalArgument(name: string, description: string): ArgumentInput<string | undefined> {
  return { argument: new Argument(`[${name}]`, description), read: (given) => given as string | undefined };
}

/** The last argument, which may be repeated. */
export function someArguments(
  name: string,
  description: string,
  least: 0 | 1,
): ArgumentInput<readonly string[]> {
  const spelt = least === 0 ? `[${name}...]` : `<${name}...>`;
  return { argument: new Argument(spelt, description), read: asList };
}

// Inputs that several commands share.

/** What the commands on rows read: at least one file, folder or address. */
export function rowsArgument(): ArgumentInput<readonly string[]> {
  return someArguments(
    'input',
    'Files of rows as Defender writes them (JSON Lines, JSON, gzip), folders of them, or https addresses of blobs and (with a slash at the end) of folders of blobs',
    1,
  );
}

/** `--config FILE` of commands that need relay.yaml. */
export function configOption(): OptionInput<string> {
  return withDefault(configInput('The configuration file'), 'relay.yaml');
}

/** The folders and files that a command on rule files works on. */
export function rulePaths(): ArgumentInput<readonly string[]> {
  return someArguments(
    'path',
    'A folder of rule files, or files and folders in it: only those (default: all of --transforms)',
    0,
  );
}

/** `--config FILE` of the commands that check and try rules, which do not need relay.yaml. */
export function rulesConfigOption(): OptionInput<string | undefined> {
  return configInput(
    'The relay.yaml whose destinations, alerts, variables and folder hold (default: relay.yaml where it lies here; without one any name is accepted)',
  );
}

function configInput(description: string): OptionInput<string | undefined> {
  const made = parsed('-c, --config <file>', description, withoutLineEnds);
  made.option.env('XDR_RELAY_CONFIG');
  return made;
}

/** `--source NAME`, one of relay.yaml's `sources`. */
export function sourceOption(): OptionInput<string | undefined> {
  return text('-s, --source <name>', 'Only this one of the sources in relay.yaml');
}

/** `--table NAME`, repeated. */
export function tablesOption(): OptionInput<readonly string[]> {
  return list('-t, --table <table>', 'Only this table; may be repeated');
}

/** `--destination NAME`, repeated. */
export function destinationsOption(description: string): OptionInput<readonly string[]> {
  return list('-d, --destination <name>', `${description}; may be repeated`);
}

/** `--format`: the first choice is the default. */
export function formatOption<const C extends string>(choices: readonly [C, ...C[]]): OptionInput<C> {
  const github = choices.some((each) => each === 'github') ? '; github: annotations of GitHub Actions' : '';
  const made = choice('--format <format>', `The form of the output${github}`, choices);
  return withDefault<C>(made, choices[0]);
}

/** `--format` of the commands whose findings CI systems show. */
export function reportFormatOption(): OptionInput<ReportFormat> {
  const description =
    'The form of the output; github: annotations of GitHub Actions; gitlab: a Code Quality report; junit: a test report; sarif: for code scanning (SARIF 2.1.0); markdown: for a comment or a job summary';
  return withDefault(choice('--format <format>', description, REPORT_FORMATS), 'text');
}

/** `--report FORMAT=FILE`, repeated: files that get the findings besides what is printed. */
export function reportsOption(): OptionInput<readonly ReportFile[]> {
  const gather = (given: string, earlier: unknown): readonly ReportFile[] => [
    ...(Array.isArray(earlier) ? earlier : []),
    reportFile(given),
  ];
  const option = new Option(
    '--report <format=file>',
    'Also write the findings in this form to a file, e.g. junit=report.xml; may be repeated',
  ).argParser(gather);
  return { option, read: (given) => (Array.isArray(given) ? given : []) };
}

function reportFile(given: string): ReportFile {
  const at = given.indexOf('=');
  const format = REPORT_FORMATS.find((one) => one === given.slice(0, at));
  const file = given.slice(at + 1);
  if (at > 0 && format !== undefined && file !== '') return { format, file };
  throw new InvalidArgumentError(`It is FORMAT=FILE; the format is one of ${REPORT_FORMATS.join(', ')}.`);
}

/** `--transforms DIR` of commands that work on a folder of rule files. */
export function transformsOption(): OptionInput<string | undefined> {
  return text(
    '-t, --transforms <dir>',
    'The folder of rule files (default: the one that relay.yaml names, or transforms)',
  );
}

/** `--yes`, without which a command only counts. */
export function yesOption(description: string): OptionInput<boolean> {
  return flag('-y, --yes', description);
}
