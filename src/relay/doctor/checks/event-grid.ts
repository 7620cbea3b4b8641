/** Event Grid's subscription, seen by its events: when the last notification came, and by which way. */
import { HOUR_MS } from '../../../shared/duration.ts';
import { formatAge } from '../../../shared/readable.ts';
import { lastNotifications } from '../../source/notifications.ts';
import { type Check, note, warning } from '../check.ts';
import { newestBlob } from '../newest-blob.ts';

/** Defender begins a blob for each table each hour: without a notification for longer, none comes. Milliseconds. */
const LATE_MS = 3 * HOUR_MS;
/** Containers that are looked at for a blob that should have been announced. */
const MOST_LOOKED_AT = 10;

const FIX =
  'check the subscription of Event Grid, its subject filter and its key (docs/event-grid.md); the sweep finds the blobs meanwhile, later than a notification would';

export const eventGrid: Check = {
  id: 'event-grid',
  title: 'Notifications of Event Grid come',
  async run({ reports, sources, clock }, signal) {
    const last = await lastNotifications(reports, signal);
    const ways = Object.entries(last).sort(([, a], [, b]) => b - a);
    const [newest] = ways;
    const told = ways.map(
      ([way, at]) =>
        `${way === 'endpoint' ? 'by the endpoint' : 'straight into the queue'} ${formatAge(clock.now() - at)} ago`,
    );
    const lastNote = note(`the last notification came ${told.join(', and ')}`);
    if (newest && clock.now() - newest[1] <= LATE_MS) return [lastNote];
    // Without new blobs there is nothing to announce.
    let begun = 0;
    for (const { blobs, account } of sources) {
      let looked = 0;
      for await (const container of blobs.containers(account.containerPrefix, signal)) {
        if (++looked > MOST_LOOKED_AT) break;
        begun = Math.max(begun, (await newestBlob(blobs, container, signal))?.written.createdOn ?? 0);
      }
    }
    if (!newest) {
      return begun === 0
        ? [note('no notification has come yet, and there is no blob that should have been announced')]
        : [warning('no consumer has ever seen a notification of Event Grid', FIX)];
    }
    if (begun <= newest[1] + LATE_MS / 2) return [lastNote];
    return [warning(`no notification has come since a blob was begun: ${lastNote.message}`, FIX)];
  },
};
