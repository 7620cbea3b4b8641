/** Describes replies that are no success, for requests that go through the SDK's pipeline without its clients. */
import type { PipelineResponse } from '@azure/core-rest-pipeline';
import { RestError } from '@azure/storage-blob';

/** A reply as the SDK's clients throw it: see `storageFailure`. What its body says beside the code is for people, and not shown. */
export function refusal(reply: PipelineResponse): RestError {
  const { status: statusCode, headers, request } = reply;
  const errorCode = headers.get('x-ms-error-code');
  const error = new RestError(`HTTP ${statusCode}`, {
    statusCode,
    request,
    response: reply,
    ...(errorCode !== undefined && { code: errorCode }),
  });
  error.details = { errorCode, 'x-ms-request-id': headers.get('x-ms-request-id') };
  return error;
}
