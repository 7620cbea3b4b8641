/** Messages to people: whether they are said when they are due. */
import { formatAge, plural } from '../../../shared/readable.ts';
import { OVERDUE_SECONDS, waitingAlerts } from '../../alerts/status.ts';
import { type Check, error, warning } from '../check.ts';

export const messages: Check = {
  id: 'messages',
  title: 'People are told of alerts in time',
  async run({ reports, config, clock }, signal) {
    const waiting = await waitingAlerts(reports, clock.now(), signal);
    return waiting.flatMap(({ destination, pending, overdueSeconds, pause }) => {
      const alerts = plural(pending, 'alert');
      if (!Object.hasOwn(config.destinations, destination)) {
        if (pending === 0) return [];
        return [
          warning(
            `${alerts} waiting for ${destination}, which relay.yaml does not have: nobody is told`,
            'put the destination back, or name it under "was" of the one that replaces it',
          ),
        ];
      }
      // One that takes no messages is out of service, which is said elsewhere.
      if (pause !== undefined || overdueSeconds <= OVERDUE_SECONDS) return [];
      return [
        error(
          `${destination} has not been told of ${alerts}, which are overdue by ${formatAge(overdueSeconds * 1000)}`,
          'start a consumer, or look at the log of those that run: one of them says what is due within ten seconds',
        ),
      ];
    });
  },
};
