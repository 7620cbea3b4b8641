/** A group of alerts as its records tell of it, in every shape. */
import type { GroupRef } from './event.ts';

/** The members of a group, under the names that records have. */
export function groupText({ phase, scope, count, firstTime, lastTime, by, firstAlertId }: GroupRef): object {
  return {
    phase,
    scope,
    count,
    first_time: firstTime,
    last_time: lastTime,
    by: by.map(({ column, value }) => ({ column, value })),
    first_alert_id: firstAlertId,
  };
}
