/** Draws the state of the demo as text. */
import type picocolors from 'picocolors';
import type { Account } from '../lab/oracle/ledger.ts';
import { grouped } from '../lab/oracle/reconciliation.ts';
import type { Headline } from './soc.ts';

type Colors = ReturnType<typeof picocolors.createColors>;

/** One destination in the picture. */
export interface DestinationView {
  readonly account: Account;
  /** Arrivals a second, lately. */
  readonly rate: number;
  /** Bytes in the blobs that it does not have yet. */
  readonly lagBytes: number;
  /** Seconds from a row's being handed to Azure to its arrival. */
  readonly delay: number | undefined;
  readonly down: boolean;
}

/** The state of the demo at one moment. */
export interface View {
  /** Seconds since the first row. */
  readonly elapsed: number;
  readonly phase: string;
  /** Nothing moves any more; rates are those of the whole run. */
  readonly ended: boolean;
  readonly goal: number | undefined;
  readonly written: number;
  readonly writtenRate: number;
  readonly appendedBytes: number;
  readonly read: number;
  readonly readRate: number;
  readonly filtered: number;
  readonly alerts: number;
  readonly bad: number;
  readonly deadLetters: number;
  readonly notifications: number;
  readonly destinations: readonly DestinationView[];
  /** The names of the destinations that tell people. */
  readonly people: readonly string[];
  readonly headlines: readonly Headline[];
  /** The address of the console; undefined where there is none. */
  readonly page: string | undefined;
}

const SHOWN_HEADLINES = 8;

/** The live picture: a screenful, at most `width` columns wide. */
export function picture(view: View, paint: Colors, width: number): string {
  const { bold, dim, cyan, green, yellow, red } = paint;
  const number = (value: number, columns = 11) => grouped(value).padStart(columns);
  const rate = (value: number) => dim(`${grouped(value)}/s`.padStart(9));
  const goal = view.goal === undefined ? '' : ` of ${grouped(view.goal)}`;
  const excess = view.read - view.written;
  const again = excess > 0 ? `, ${grouped(excess)} rows read again for who lags behind` : '';
  const source = [
    `${bold('Defender')}   ${number(view.written)} rows${goal} written ${rate(view.writtenRate)}  ${dim(bytes(view.appendedBytes))}`,
    `${bold('xdr-relay')}  ${number(view.read)} rows read    ${rate(view.readRate)}  ${dim(`${grouped(view.notifications)} notifications${again}`)}`,
    `           ${number(view.filtered)} filtered   ${number(view.alerts, 7)} alerts` +
      `${view.deadLetters > 0 ? red(`   ${grouped(view.deadLetters)} dead letters`) : ''}` +
      `${view.bad > 0 ? red(`   ${grouped(view.bad)} unreadable`) : ''}`,
  ];
  const names = Math.max(10, ...view.destinations.map(({ account }) => account.destination.length));
  const destinations = view.destinations.map((each) => {
    const { account, lagBytes, delay, down } = each;
    const open = Math.max(0, account.missing);
    const state = down ? red('down') : open === 0 ? green('caught up') : yellow(`${grouped(open)} to come`);
    const lag = `${lagBytes > 0 ? `lag ${bytes(lagBytes)}` : ''}${delay === undefined ? '' : `  ${delay.toFixed(1)} s behind`}`;
    const repeats = account.repeats > 0 ? dim(`  ${grouped(account.repeats)} repeats`) : '';
    return `${cyan(account.destination.padEnd(names))} ${number(account.arrived)} arrived      ${rate(each.rate)}  ${state}  ${dim(lag.trim())}${repeats}`;
  });
  const shown = view.headlines.slice(-SHOWN_HEADLINES).reverse();
  const headlines = shown.map(({ at, text }) => `  ${dim(clock(at))}  ${cut(text, width - 13)}`);
  return [
    `${bold('xdr-relay demo')}  ${dim(`${view.phase}, ${duration(view.elapsed)}${view.ended ? '' : '   Ctrl-C ends it'}`)}`,
    ...(view.page === undefined || view.ended ? [] : [`${dim('console')}    ${cyan(view.page)}`]),
    '',
    ...source,
    '',
    ...destinations,
    ...(view.people.length === 0
      ? []
      : [
          '',
          bold(view.people.map((name) => `#${name}`).join(' ')) +
            dim(headlines.length === 0 ? '  quiet so far' : ''),
          ...headlines,
        ]),
  ].join('\n');
}

/** The same in one line, for logs. */
export function plainLine(view: View): string {
  const destinations = view.destinations.map(
    ({ account, rate }) =>
      `${account.destination} ${grouped(account.arrived)} of ${grouped(account.expected)} (${grouped(rate)}/s)`,
  );
  return [
    `${duration(view.elapsed)} ${view.phase}:`,
    `written ${grouped(view.written)} (${grouped(view.writtenRate)}/s),`,
    `read ${grouped(view.read)}, filtered ${grouped(view.filtered)}, alerts ${grouped(view.alerts)};`,
    destinations.join(', '),
  ].join(' ');
}

/** `1.2 MB`; units of a thousand, as storage is sold. */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let scaled = value / 1000;
  let unit = 0;
  while (scaled >= 1000 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return `${scaled.toFixed(scaled < 10 ? 1 : 0)} ${units[unit]}`;
}

/** `1:02:03`, `2:03`. */
export function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${String(m).padStart(h > 0 ? 2 : 1, '0')}:${String(s).padStart(2, '0')}`;
  return h > 0 ? `${h}:${tail}` : tail;
}

function clock(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

/** Cuts to so many characters, whole ones. */
function cut(text: string, width: number): string {
  const characters = [...text.replace(/[\s\p{Cc}]+/gu, ' ')];
  return characters.length <= width
    ? characters.join('')
    : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}
