/** Identifies source blobs, and infers from their names whether they hold rows and of which hour. */

/** Identifies one blob of one storage account. */
export interface BlobRef {
  /** The storage account's name, e.g. `contosodefender`. */
  readonly account: string;
  /** The container, e.g. `insights-logs-advancedhunting-deviceevents`. */
  readonly container: string;
  /** The blob's name, decoded, e.g. `tenantId=.../y=2026/m=11/d=23/h=07/m=00/PT1H.json`. */
  readonly name: string;
}

/** `container/name`: how logs, dead letters and envelopes name a blob. */
export function blobPath(ref: BlobRef): string {
  return `${ref.container}/${ref.name}`;
}

/**
 * Whether a blob of this name holds rows: `*.json` and `*.json.gz`, in upper or lower case. Notifications, the sweep, backfill and
 * status all use this function, because a blob that one of them queues must not be ignored by the others.
 */
export function isRowBlobName(name: string): boolean {
  return /\.json(?:\.gz)?$/i.test(name);
}

const HOUR_IN_PATH = /(?:^|\/)y=(\d{4})\/m=(\d{2})\/d=(\d{2})\/h=(\d{2})\//;

/**
 * The start of the hour that a Defender blob's path names, milliseconds since the epoch, UTC.
 *
 * Undefined if the path names no hour: such a blob is closed once it was read to its end.
 */
export function hourOf(name: string): number | undefined {
  const match = HOUR_IN_PATH.exec(name);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0] = match.slice(1).map(Number);
  const at = Date.UTC(year, month - 1, day, hour);
  const back = new Date(at);
  const same = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && back.getUTCHours() === hour;
  return same ? at : undefined;
}

/** The folder of an hour in a Defender blob's path, UTC: `y=2026/m=11/d=23/h=07/`. */
export function hourFolder(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  return `y=${date.getUTCFullYear()}/m=${two(date.getUTCMonth() + 1)}/d=${two(date.getUTCDate())}/h=${two(date.getUTCHours())}/`;
}
