/** Describes replies that are no success, for requests that go through the SDK's pipeline without its clients. */
import { RestError } from '@azure/storage-blob';
import type { PlainReply } from './direct.ts';

/** A reply as the SDK's clients throw it: see `storageFailure`. What its body says beside the code is for people, and not shown. */
export function refusal({ status: statusCode, headers }: PlainReply): RestError {
  const errorCode = headers.get('x-ms-error-code');
  const error = new RestError(`HTTP ${statusCode}`, {
    statusCode,
    ...(errorCode !== undefined && { code: errorCode }),
  });
  error.details = { errorCode, 'x-ms-request-id': headers.get('x-ms-request-id') };
  return error;
}
