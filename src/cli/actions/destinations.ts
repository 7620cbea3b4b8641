/** Lists the destinations with their state, and puts one back into service. */
import { redact } from '../../config/redact.ts';
import { destinationStates } from '../../relay/status/destination-states.ts';
import { enableDestination, type OutOfService, resetDestination } from '../../relay/status/service.ts';
import { formatAge } from '../../shared/readable.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { formatTable, visible } from '../text.ts';
import { checkDestinations, openPorts } from './open.ts';

export interface DestinationsOptions {
  readonly config: string;
  readonly format: 'table' | 'json';
}

export interface ResetOptions {
  readonly config: string;
  readonly names: readonly string[];
}

export async function listDestinations(
  { config: file, format }: DestinationsOptions,
  out: Output,
): Promise<ExitCode> {
  const { config, ports } = await openPorts(file);
  const now = ports.clock.now();
  const destinations = await destinationStates(ports.documents, config.destinations, now);
  if (format === 'json') {
    for (const destination of destinations) out.print(JSON.stringify(destination));
    return EXIT.ok;
  }
  const rows = destinations.flatMap(({ name, type, breaker, messages, holds: held }) => [
    [name, type, '', ...stateOf(breaker ?? messages, now)],
    ...held.map((hold) => [name, type, visible(hold.table), ...cells(hold, now)]),
  ]);
  out.print(formatTable(['DESTINATION', 'TYPE', 'TABLE', 'STATE', 'NEXT TRY', 'WHY'], rows));
  return EXIT.ok;
}

type Why = Pick<OutOfService, 'since' | 'openUntil' | 'code' | 'message' | 'disabledAt'>;

function stateOf(record: Why | undefined, now: number): readonly string[] {
  return record ? cells(record, now) : ['in service'];
}

function cells(record: Why, now: number): readonly string[] {
  const why = visible(redact(`${record.message} (${record.code})`));
  if (record.disabledAt !== undefined) {
    return [`disabled for ${formatAge(now - record.disabledAt)}`, 'when enabled', why];
  }
  return [
    `out for ${formatAge(now - record.since)}`,
    record.openUntil > now ? `in ${formatAge(record.openUntil - now)}` : 'now',
    why,
  ];
}

export async function enableDestinations(
  { names, config: file }: ResetOptions,
  out: Output,
): Promise<ExitCode> {
  const { config, ports } = await openPorts(file);
  checkDestinations(names, config);
  for (const name of names) {
    out.print(
      (await enableDestination(ports.documents, name))
        ? `${name} is enabled. Running consumers go on within 10 seconds where it stopped.`
        : `${name} was not disabled.`,
    );
  }
  return EXIT.ok;
}

export async function resetDestinations(
  { names, config: file }: ResetOptions,
  out: Output,
): Promise<ExitCode> {
  const { config, ports } = await openPorts(file);
  checkDestinations(names, config);
  for (const name of names) {
    const { breaker, holds, pause } = await resetDestination(ports.documents, name);
    const what = [
      breaker && 'its breaker is closed',
      holds && 'its held tables are released',
      pause && 'its messages wait no longer',
    ].filter(Boolean);
    out.print(
      what.length > 0
        ? `${name}: ${what.join(' and ')}. Running consumers try it again within 10 seconds.`
        : `${name} was in service.`,
    );
  }
  return EXIT.ok;
}
