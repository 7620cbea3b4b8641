/** Says at the start which page scanner reads the rows: a slow one must not go unnoticed. */
import { scannerTrouble } from '../blobs/rows/scanner/index.ts';
import type { Logger } from '../shared/logger.ts';
import type { Metrics } from '../shared/metrics.ts';

export function reportScanner(logger: Logger, metrics: Metrics): void {
  metrics.gauge('xdr_relay_scanner_compiled', scannerTrouble === undefined ? 1 : 0);
  if (scannerTrouble === undefined) return;
  logger.warn('Without the compiled page scanner, rows are read more slowly; `npm run build:wasm` makes it', {
    error: scannerTrouble,
  });
}
