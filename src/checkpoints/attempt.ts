/** Translates the Azure SDK's errors in the checkpoint stores into CheckpointErrors. */
import { adviceOn, storageFailure } from '../azure/failure.ts';
import { BlobTooLargeError } from '../azure/small-blob.ts';
import { translated } from '../shared/translated.ts';
import { CheckpointError, StateMissingError } from './errors.ts';

/** Runs `work` and translates the SDK's errors into a {@link CheckpointError}. @param what completes the sentence "Cannot ...". */
export function attempt<T>(what: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  return translated(work, (thrown) => unavailable(what, thrown), signal);
}

export function unavailable(what: string, thrown: unknown): CheckpointError {
  if (thrown instanceof CheckpointError) return thrown;
  if (thrown instanceof BlobTooLargeError) {
    return new CheckpointError('checkpoint_unreadable', `Cannot ${what}: ${thrown.message}`);
  }
  const failure = storageFailure(thrown);
  if (failure.code === 'ContainerNotFound') {
    return new StateMissingError(
      'storage_unavailable',
      `Cannot ${what}: ${failure.text}. "xdr-relay serve" creates the container at its first start; if it was lost, run "xdr-relay state import" before that.`,
    );
  }
  const advice = adviceOn(failure, 'Storage Blob Data Contributor');
  return new CheckpointError(
    'storage_unavailable',
    `Cannot ${what}: ${failure.text}${advice && `.${advice}`}`,
  );
}

/** The error for a write whose condition did not hold. */
export function conflict(name: string): CheckpointError {
  return new CheckpointError('checkpoint_conflict', `Somebody else wrote ${name}`);
}
