/** Tells the state that this process refused a changed configuration, so that `xdr-relay status` says it from any machine. */
import { hostname } from 'node:os';
import type { RelayPorts } from '../../../relay/ports.ts';
import { forgetRefusedConfig, tellRefusedConfig } from '../../../relay/status/config-records.ts';
import type { Clock } from '../../../shared/clock.ts';
import { withDeadline } from '../../../shared/deadline.ts';
import { loggedError } from '../../../shared/errors.ts';
import type { Logger } from '../../../shared/logger.ts';

/** The state may be out of reach: the process does not wait longer for it. Milliseconds. */
const TELL_MS = 5_000;

export interface RefusalTeller {
  /** Writes why a changed configuration was refused, or with undefined that none is. Never rejects. */
  tell(message: string | undefined): Promise<void>;
}

export function refusalTeller(
  documents: RelayPorts['documents'],
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): RefusalTeller {
  const host = `${hostname()}:${process.pid}`;
  let since: number | undefined;
  const work = async (message: string | undefined): Promise<void> => {
    if (message === undefined) {
      if (since === undefined) return;
      since = undefined;
      await forgetRefusedConfig(documents, host);
      return;
    }
    const seen = clock.now();
    since ??= seen;
    await tellRefusedConfig(documents, { host, at: since, seen, message });
  };
  return {
    async tell(message) {
      try {
        await withDeadline(TELL_MS, undefined, () => work(message), clock);
      } catch (error) {
        logger.debug('The refused configuration could not be told to the state', { ...loggedError(error) });
      }
    },
  };
}
