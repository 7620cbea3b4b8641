/** Checks that nothing wrong is left in queue, state and logs at the end of a soak. */
import type { BlobEnd, SoakLog } from './log.ts';

export interface Complaint {
  readonly what: string;
  readonly example: string;
}

/** The complaints about what is left at the end. */
export function* endComplaints({ end, limits, destinations, archived }: SoakLog): Generator<Complaint> {
  if (end.queued > 0) yield { what: 'messages left on the queue', example: String(end.queued) };
  for (const reason of end.poison) yield { what: 'message in the poison queue', example: reason };
  for (const claim of end.claimsHeld) yield { what: 'claim still held', example: claim };
  for (const blob of end.blobs) {
    if (archived.includes(blob.blob)) continue;
    for (const what of blobComplaints(blob, destinations)) yield { what, example: blob.blob };
  }
  for (const { name, peakBytes, crashes, exitCodes } of end.consumers) {
    if (peakBytes > limits.peakBytes) {
      yield { what: 'too much memory', example: `${name}: ${peakBytes} > ${limits.peakBytes} bytes` };
    }
    if (crashes > 0) yield { what: 'consumer ended by itself', example: `${name}, ${crashes} times` };
    for (const code of exitCodes) {
      if (code !== 0) yield { what: 'consumer did not end cleanly', example: `${name}: exit code ${code}` };
    }
  }
  for (const line of end.errors) yield { what: 'error in a log', example: line };
}

function* blobComplaints(
  { length, checkpoint }: BlobEnd,
  destinations: readonly string[],
): Generator<string> {
  if (!checkpoint) {
    yield 'blob without a checkpoint';
    return;
  }
  if (checkpoint.length !== length) yield 'checkpoint of another length than its blob';
  if (!checkpoint.closed) yield 'checkpoint not closed';
  if (checkpoint.behind.length > 0) yield 'destination still behind';
  const { end, offsets } = checkpoint;
  // If all cursors have read to the last byte, perhaps no visit had to record the logical end.
  const goal = end ?? length;
  if (destinations.some((name) => (offsets[name] ?? 0) !== goal)) yield 'offset short of the end';
}
