/** Trouble of a visit that passes: how long its blob is left alone then. */
import type { ErrorCode } from '../../shared/error-codes.ts';

/** A blob that another consumer has claimed, or whose claim was lost, is visited again after this. Seconds. */
export const BUSY_SECONDS = 5;
const UNAVAILABLE_SECONDS = 10;
export const FORBIDDEN_SECONDS = 60;

/** Temporary trouble in Azure: the task is put back as new, so that an outage of days sends nothing to the poison queue. Seconds to wait. */
export const PASSING: Readonly<Partial<Record<ErrorCode, number>>> = {
  storage_unavailable: UNAVAILABLE_SECONDS,
  queue_unavailable: UNAVAILABLE_SECONDS,
  checkpoint_conflict: BUSY_SECONDS,
  claim_lost: BUSY_SECONDS,
  blob_replaced: BUSY_SECONDS,
  blob_gone: BUSY_SECONDS,
  blob_forbidden: FORBIDDEN_SECONDS,
};
