/** Says at the start which version of xdr-relay runs, and which of the state it writes: during an upgrade there are two. */
import { STATE_VERSION } from '../checkpoints/state-version.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';
import { VERSION } from '../shared/version.ts';

export function reportVersion(logger: Logger, metrics: Metrics): void {
  metrics.gauge('xdr_relay_build_info', 1, { version: VERSION });
  logger.info('xdr-relay starts', { version: VERSION, state: STATE_VERSION });
}
