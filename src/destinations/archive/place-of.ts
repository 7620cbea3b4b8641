/** Names the blobs of the archive: by table and hour, and in them by the source blob and an offset in it. */
import { hourFolder, hourOf } from '../../shared/blob-ref.ts';
import { shortDigest } from '../../shared/digest.ts';
import { type EnvelopeHead, sourcePath } from '../../shared/event.ts';
import { isAlert } from '../alert-record.ts';

/** So many bytes of a source blob go into one blob of the archive, and those behind them into the next: 256 MiB before compression. */
export const PART_BYTES = 268_435_456;
/** The folder of alerts, which are of every table. */
const ALERTS = 'XdrRelayAlerts';
/** Digits of an offset in a name, so that names sort as offsets do. A blob has at most 190 TiB. */
const DIGITS = 15;
/** The rest of a folder's name would only make it unreadable. Characters. */
const LONGEST_FOLDER = 100;

/** `DeviceEvents/y=2026/m=11/d=23/h=07/`: table and hour, as Defender names hours and as tools for partitioned data expect. */
export function folderOf(head: EnvelopeHead): string {
  const table = isAlert(head) ? ALERTS : folderName(head.table);
  const hour = hourOf(head.source.blob) ?? hourIn(head.time);
  return `${table}/${hour === undefined ? 'undated/' : hourFolder(hour)}`;
}

/**
 * The name of the blob in which a delivery of a source blob belongs, without `.json.gz`: it depends on the source blob, its content and the
 * row's offset alone.
 * @param reading see `Batch.reading`.
 */
export function partOf(head: EnvelopeHead, reading: string): string {
  const first = Math.floor(head.source.offset / PART_BYTES) * PART_BYTES;
  // A table may be called as the folder of alerts is.
  const blob = shortDigest(`${isAlert(head) ? 'alerts' : 'rows'}\n${sourcePath(head.source)}`);
  return `${folderOf(head)}${blob}.${folderName(reading)}.${String(first).padStart(DIGITS, '0')}`;
}

/** A table of an own blob may be called anything. */
function folderName(text: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, LONGEST_FOLDER);
  return /^\.*$/.test(name) ? '_' : name;
}

function hourIn(time: string): number | undefined {
  const at = Date.parse(time);
  return Number.isNaN(at) || at < 0 || at > 253_402_300_799_999 ? undefined : at;
}
