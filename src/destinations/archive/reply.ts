/** What the replies of Azure's blob service mean (Microsoft Learn, "Blob service error codes", "Common REST API error codes"). */
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, type ReplyContext, troubleIn } from '../reply.ts';

/** Somebody else wrote the blob meanwhile: what is there has to be looked at again. */
const CHANGED: ReadonlySet<string> = new Set([
  'ConditionNotMet',
  'TargetConditionNotMet',
  'BlobAlreadyExists',
  // Another writer's commit drops blocks that were staged and are not in its list.
  'InvalidBlockList',
]);

const ADVICE: Readonly<Record<string, string>> = {
  AuthorizationPermissionMismatch:
    'the identity needs the role Storage Blob Data Contributor on the container',
  AuthorizationFailure: 'look at the firewall of the account, and at what the signature allows',
  AuthenticationFailed: 'look at the key or the signature, at its end, and at the clock',
  ContainerNotFound: 'create the container: the relay does not',
  BlobImmutableDueToPolicy:
    'the relay adds to a blob until its hour is over, which an immutability policy or a legal hold on the container forbids; keep a copy under the policy instead',
  BlobArchived:
    'the blob was moved to the archive tier while rows for it are still to come, and until it is rehydrated the archive takes no rows at all: rehydrate it, and let the lifecycle rule wait for more days',
  BlobBeingRehydrated:
    'the blob can be written when it is out of the archive tier, which takes up to 15 hours; until then the archive takes no rows at all',
  LeaseIdMissing: 'somebody holds a lease on the blob',
};

const CODE = /<Code>([A-Za-z]{1,64})<\/Code>/;

/** The code of the service's own error; undefined in a reply of anybody else. */
export function storageCode(reply: HttpReply): string | undefined {
  const header = reply.header('x-ms-error-code');
  return header !== undefined && /^[A-Za-z]{1,64}$/.test(header) ? header : CODE.exec(reply.body)?.[1];
}

/** Whether the blob is not as it was when it was looked at. */
export function isChanged(reply: HttpReply): boolean {
  const code = storageCode(reply);
  return reply.status >= 400 && code !== undefined && CHANGED.has(code);
}

/**
 * Undefined where the reply has the status that the operation answers on success. `name` is that of the blob. No row is to blame for anything but 413: the service does
 * not look into blocks.
 */
export function archiveTrouble(
  reply: HttpReply,
  { expected, name }: { readonly expected: number; readonly name: string },
  context: ReplyContext,
): RetryableError | RowsRefusedError | DestinationRefusedError | undefined {
  if (reply.status === expected) return undefined;
  const code = storageCode(reply);
  const advice = code === undefined ? undefined : ADVICE[code];
  const about = code?.startsWith('Blob') ? ` (${name})` : '';
  const told = advice === undefined ? '' : `: ${advice}${about}`;
  const trouble = troubleIn(reply, context);
  if (trouble === undefined) {
    return new RetryableError('bad_reply', `${describe(reply, context)} (not Azure Storage)`);
  }
  if (trouble instanceof RetryableError) return trouble;
  if (trouble instanceof RowsRefusedError) {
    return reply.status === 413
      ? trouble
      : new DestinationRefusedError('refused', `${trouble.message}${told}`);
  }
  return told === '' ? trouble : new DestinationRefusedError(trouble.code, `${trouble.message}${told}`);
}
