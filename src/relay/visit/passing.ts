/** The temporary failures of a visit, and how long its blob is left alone after each. */
import type { ErrorCode } from '../../shared/error-codes.ts';

/** The pause before a blob is visited again that another consumer has claimed, or whose claim was lost. Seconds. */
export const BUSY_SECONDS = 5;
const UNAVAILABLE_SECONDS = 10;
export const FORBIDDEN_SECONDS = 60;

/** By the code of a temporary failure in Azure, the seconds to wait. The task is sent again as a new message, so that an outage of days sends nothing to the poison queue. */
export const PASSING: Readonly<Partial<Record<ErrorCode, number>>> = {
  storage_unavailable: UNAVAILABLE_SECONDS,
  queue_unavailable: UNAVAILABLE_SECONDS,
  checkpoint_conflict: BUSY_SECONDS,
  claim_lost: BUSY_SECONDS,
  blob_replaced: BUSY_SECONDS,
  blob_gone: BUSY_SECONDS,
  blob_forbidden: FORBIDDEN_SECONDS,
  // A newer relay beside this one works on the task; this one ends.
  state_newer: BUSY_SECONDS,
};
