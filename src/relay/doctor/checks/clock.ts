/** The clock of this machine against the storage account's. */
import { formatAge } from '../../../shared/readable.ts';
import { type Check, error, warning } from '../check.ts';

/** The relay corrects for it, but people notice it in the times of the log. Milliseconds. */
const NOTICEABLE_MS = 5_000;
/** Entra ID and shared access signatures refuse a request whose clock is off by more (Microsoft Learn, "Authorize with Shared Key": 15 minutes). Milliseconds. */
const REFUSED_MS = 5 * 60_000;

export const clockOffset: Check = {
  id: 'clock',
  title: 'The clock agrees with the storage account',
  async run({ reports, clock, machine }, signal) {
    // Any answer of the account brings its time.
    await reports.get('clock', signal);
    const offset = clock.now() - machine.now();
    if (Math.abs(offset) <= NOTICEABLE_MS) return [];
    const message = `the clock of this machine is ${formatAge(Math.abs(offset))} ${offset > 0 ? 'behind' : 'ahead'}`;
    const fix = 'set it by NTP ("timedatectl set-ntp true")';
    return Math.abs(offset) > REFUSED_MS
      ? [error(`${message}: tokens, signatures and certificates may be refused`, fix)]
      : [warning(`${message}; the relay goes by the storage account's clock`, fix)];
  },
};
