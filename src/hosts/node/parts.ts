/** What a process, or one of its threads, works with: its configuration, the storage account, its clock, log and metrics. */
import { redact } from '../../config/redact.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { stdoutDestinations } from '../../config/standard-output.ts';
import { LastReplies } from '../../destinations/last-replies.ts';
import { CaptureBook } from '../../relay/capture/book.ts';
import { OperationCounts } from '../../relay/cost/usage.ts';
import type { HostServices, RelayPorts } from '../../relay/ports.ts';
import type { Logger } from '../../shared/logger.ts';
import type { Metrics } from '../../shared/metrics.ts';
import type { OperationType } from '../../shared/storage-operations.ts';
import { telemetrySecrets } from '../../telemetry/settings.ts';
import { type AzurePorts, azurePorts } from '../azure-ports.ts';
import { reportScanner } from '../report-scanner.ts';
import { reportVersion } from '../report-version.ts';
import type { LoadedConfig } from './config-file.ts';
import { nodeCredentials } from './credential.ts';
import { nodeDownloads } from './downloads.ts';
import { nodeExchange } from './exchange.ts';
import { createLogger, type NodeLogger } from './logger.ts';
import { type PrometheusMetrics, prometheusMetrics } from './metrics.ts';
import { Start } from './start.ts';
import { createTelemetry, type Telemetry } from './telemetry.ts';

export type NodeServices = HostServices & {
  readonly metrics: PrometheusMetrics;
  readonly logger: NodeLogger;
};

export interface NodeParts {
  readonly config: RelayConfig;
  /** Absolute path of the folder that relay.yaml is in. */
  readonly directory: string;
  readonly ports: AzurePorts;
  readonly services: NodeServices;
  readonly start: Start;
  /** Requests to the storage account that are not stored yet. */
  readonly operations: OperationCounts;
  /** Aborted, with the reason, when a newer version has written the state: then nothing can be done here any more. */
  readonly outdated: AbortSignal;
  /** Absent where nothing is exported. */
  readonly telemetry: Telemetry | undefined;
  /** How the last requests to the destinations ended. Absent where there is no console. */
  readonly replies: LastReplies | undefined;
  /** Keeps rows that a person asked for. Absent where nobody may. */
  readonly capture: CaptureBook | undefined;
}

/**
 * Builds what reaches the storage account. Sends nothing.
 *
 * @param of `thread`: one of several in this process. The main thread logs the warnings and keeps the figures of the process.
 */
export async function nodeParts(
  { config, directory, warnings, secrets }: Omit<LoadedConfig, 'secretFiles' | 'presetFiles' | 'usesVault'>,
  of: 'process' | 'thread',
): Promise<NodeParts> {
  const descriptor = stdoutDestinations(config).length > 0 ? 2 : 1;
  const isTerminal = (descriptor === 1 ? process.stdout : process.stderr).isTTY;
  const stream = isTerminal ? (await import('./pretty-log.ts')).prettyStream(descriptor) : undefined;
  const hidden = [...secrets, ...telemetrySecrets(process.env)];
  const logger = createLogger({ level: config.log.level, secrets: hidden, stream, descriptor });
  const metrics = prometheusMetrics({ process: of === 'process' });
  if (of === 'process') {
    for (const { message, file, span } of warnings) logger.warn(message, { file, line: span.line });
    reportScanner(logger, metrics);
    reportVersion(logger, metrics);
  }
  const operations = new OperationCounts();
  const onOperation = (type: OperationType) => {
    operations.add(type);
    metrics.count('xdr_relay_storage_operations_total', { type });
  };
  const outdated = new AbortController();
  const ports = azurePorts(config, nodeCredentials, {
    onOperation,
    downloads: nodeDownloads(process.env),
    exchange: nodeExchange(process.env),
    onNewerState: (error) => outdated.abort(error),
  });
  ports.clock.onMachineOff((offset) => clockCorrected(offset, logger, metrics));
  const basic = { clock: ports.clock, logger, metrics };
  const telemetry = createTelemetry(config, basic);
  const services: NodeServices = { ...basic, tracer: telemetry?.tracer };
  return {
    config,
    directory,
    ports,
    services,
    start: new Start(services),
    operations,
    outdated: outdated.signal,
    telemetry,
    capture: config.console?.capture ? new CaptureBook(ports.clock) : undefined,
    replies: config.console && new LastReplies({ ...basic, hide: (text) => redact(text, hidden) }),
  };
}

/** Creates the queue and the containers of the state where they do not exist. Throws QueueError and CheckpointError. */
export async function ensureStorage({ queue, documents, deadLetters }: RelayPorts): Promise<void> {
  await Promise.all([queue.ensure(), documents.ensure(), deadLetters.ensure()]);
}

/** Certificates and tokens are judged by the machine's clock still, so a person should set it. */
function clockCorrected(offsetMs: number, logger: Logger, metrics: Metrics): void {
  const seconds = Math.round(offsetMs / 1000);
  metrics.gauge('xdr_relay_clock_offset_seconds', seconds);
  if (offsetMs === 0) logger.info("The clock of this machine agrees with the storage account's clock again");
  else
    logger.warn("The clock of this machine is off; the relay uses the storage account's clock", {
      offset_seconds: seconds,
    });
}
