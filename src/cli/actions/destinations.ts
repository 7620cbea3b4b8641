import { redact } from '../../config/redact.ts';
import { heldTables, openBreakers, resetDestination } from '../../relay/status/service.ts';
import { formatAge } from '../../shared/readable.ts';
import type { DestinationsOptions } from '../commands/destinations.ts';
import { formatTable, visible } from '../text.ts';
import { checkDestinations, openPorts } from './open.ts';

export async function listDestinations({ config: file, format }: DestinationsOptions): Promise<void> {
  const { config, ports } = await openPorts(file);
  const [breakers, holds] = await Promise.all([openBreakers(ports.documents), heldTables(ports.documents)]);
  const destinations = Object.entries(config.destinations).map(([name, { type }]) => ({
    name,
    type,
    breaker: breakers.find(({ destination }) => destination === name),
    holds: holds.filter(({ destination }) => destination === name),
  }));
  if (format === 'json') {
    for (const destination of destinations) console.log(JSON.stringify(destination));
    return;
  }
  const now = ports.clock.now();
  const rows = destinations.flatMap(({ name, type, breaker, holds: held }) => [
    breaker ? [name, type, '', ...cells(breaker, now)] : [name, type, '', 'in service'],
    ...held.map((hold) => [name, type, visible(hold.table), ...cells(hold, now)]),
  ]);
  console.log(formatTable(['DESTINATION', 'TYPE', 'TABLE', 'STATE', 'NEXT TRY', 'WHY'], rows));
}

function cells(
  record: {
    readonly since: number;
    readonly openUntil: number;
    readonly code: string;
    readonly message: string;
  },
  now: number,
): readonly string[] {
  return [
    `out for ${formatAge(now - record.since)}`,
    record.openUntil > now ? `in ${formatAge(record.openUntil - now)}` : 'now',
    visible(redact(`${record.message} (${record.code})`)),
  ];
}

export async function resetDestinations(
  names: readonly string[],
  { config: file }: DestinationsOptions,
): Promise<void> {
  const { config, ports } = await openPorts(file);
  checkDestinations(names, config);
  for (const name of names) {
    const { breaker, holds } = await resetDestination(ports.documents, name);
    const what = [breaker && 'its breaker is closed', holds && 'its held tables are released'].filter(
      Boolean,
    );
    console.log(
      what.length > 0
        ? `${name}: ${what.join(' and ')}. Running consumers try it again within 10 seconds.`
        : `${name} was in service.`,
    );
  }
}
