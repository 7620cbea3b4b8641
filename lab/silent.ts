/** A logger and metrics that drop everything, for tests and benches that do not check them. */
import type { Logger } from '../src/shared/logger.ts';
import type { Metrics } from '../src/shared/metrics.ts';

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

export const silentMetrics: Metrics = { count() {}, gauge() {}, gaugeFrom: () => () => {}, observe() {} };
