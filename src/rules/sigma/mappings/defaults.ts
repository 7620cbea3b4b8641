/** The list of log sources that are mapped to Defender's tables without a mapping file. */
import type { LogsourceMapping } from '../types.ts';
import { files } from './files.ts';
import { inspectedSources } from './inspected.ts';
import { misc } from './misc.ts';
import { powershell } from './powershell.ts';
import { processes } from './processes.ts';
import { registry } from './registry.ts';
import { windowsLogs } from './windows-logs.ts';

/**
 * The log sources of SigmaHQ's taxonomy that Defender's tables hold. A user's `transforms/mappings/*.yaml` are added behind
 * them. The mappings name no product, because Defender writes events of Windows, Linux and macOS into the same tables.
 *
 * Sources: Sigma taxonomy appendix 2.1; Advanced Hunting's table reference; the field names that pySigma's Microsoft XDR
 * pipeline maps.
 */
export const defaultMappings: readonly LogsourceMapping[] = [
  ...processes,
  ...files,
  ...registry,
  ...misc,
  ...powershell,
  ...inspectedSources,
  ...windowsLogs,
];
