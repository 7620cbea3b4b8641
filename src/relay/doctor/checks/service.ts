/** Every destination, as the consumers see it: whether it is out of service, or refuses a table. */
import { formatAge } from '../../../shared/readable.ts';
import { heldTables, openBreakers, silentMessengers } from '../../status/service.ts';
import { type Check, error, type Finding, warning } from '../check.ts';

export const service: Check = {
  id: 'service',
  title: 'Every destination is in service',
  async run({ reports, config, clock }, signal) {
    const isKnown = ({ destination }: { readonly destination: string }) =>
      Object.hasOwn(config.destinations, destination);
    const [breakers, holds, silent] = await Promise.all([
      openBreakers(reports, signal),
      heldTables(reports, signal),
      silentMessengers(reports, clock.now(), signal),
    ]);
    const found: readonly Finding[] = [
      ...[...breakers, ...silent]
        .filter(isKnown)
        .map(({ destination, since, message, code, disabledAt }) =>
          disabledAt !== undefined
            ? error(
                `${destination} has been disabled for ${formatAge(clock.now() - disabledAt)}, so it is not tried: ${message} (${code})`,
                `correct what it says; then "xdr-relay destinations enable ${destination}"`,
              )
            : error(
                `${destination} has been out of service for ${formatAge(clock.now() - since)}: ${message} (${code})`,
                `correct what it says; the relay tries again by itself, at once after "xdr-relay destinations reset ${destination}"`,
              ),
        ),
      ...holds
        .filter(isKnown)
        .map(({ destination, table, message, code }) =>
          warning(
            `${destination} refuses all of ${table}: ${message} (${code})`,
            `correct what it says; then "xdr-relay destinations reset ${destination}"`,
          ),
        ),
    ];
    return found.map((one) => ({ ...one, mayQuote: true }));
  },
};
