/**
 * The errors of Azure's blob service, with their statuses and words (Microsoft Learn, "Common REST API error codes" and "Azure Blob Storage error
 * codes": https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes and .../blob-service-error-codes).
 */
import type { ReceiverReply } from './body.ts';

const CODES = {
  AuthenticationFailed: [403, 'Server failed to authenticate the request.'],
  AuthorizationPermissionMismatch: [403, 'This request is not authorized to perform this operation.'],
  BlobAlreadyExists: [409, 'The specified blob already exists.'],
  BlobImmutableDueToPolicy: [
    409,
    'This operation is not permitted as the blob is immutable due to a policy.',
  ],
  BlobNotFound: [404, 'The specified blob does not exist.'],
  BlockCountExceedsLimit: [
    409,
    'The uncommitted block count cannot exceed the maximum limit of 100,000 blocks.',
  ],
  BlockListTooLong: [400, 'The block list may not contain more than 50,000 blocks.'],
  ConditionHeadersNotSupported: [400, 'Condition headers are not supported.'],
  ConditionNotMet: [412, 'The condition specified in the conditional header(s) was not met.'],
  ContainerNotFound: [404, 'The specified container does not exist.'],
  Crc64Mismatch: [400, 'The CRC64 value specified in the request did not match the CRC64 of the server.'],
  EmptyMetadataKey: [400, 'The key for one of the metadata key-value pairs is empty.'],
  InvalidAuthenticationInfo: [401, 'Server failed to authenticate the request.'],
  InvalidBlobOrBlock: [400, 'The specified blob or block content is invalid.'],
  InvalidBlockId: [400, 'The specified block ID is invalid. The block ID must be Base64-encoded.'],
  InvalidBlockList: [400, 'The specified block list is invalid.'],
  InvalidHeaderValue: [400, 'The value provided for one of the HTTP headers was not in the correct format.'],
  InvalidInput: [400, 'One of the request inputs is not valid.'],
  InvalidMd5: [400, 'The MD5 value must be 128 bits and base64-encoded.'],
  InvalidMetadata: [400, 'The specified metadata is invalid. It includes characters that are not permitted.'],
  InvalidQueryParameterValue: [400, 'An invalid value was specified for one of the query parameters.'],
  InvalidRange: [416, 'The range specified is invalid for the current size of the resource.'],
  InvalidResourceName: [400, 'The specified resource name contains invalid characters.'],
  InvalidUri: [400, 'The requested URI does not represent any resource on the server.'],
  InvalidXmlDocument: [400, 'The specified XML is not syntactically valid.'],
  InvalidXmlNodeValue: [400, 'The value for one of the XML nodes was not in the correct format.'],
  LeaseIdMismatchWithBlobOperation: [412, 'The lease ID specified did not match the lease ID for the blob.'],
  LeaseIdMissing: [
    412,
    'There is currently a lease on the blob and no lease ID was specified in the request.',
  ],
  LeaseNotPresentWithBlobOperation: [412, 'There is currently no lease on the blob.'],
  Md5Mismatch: [400, 'The MD5 value specified in the request did not match the MD5 of the server.'],
  MetadataTooLarge: [400, 'The size of the specified metadata exceeds the maximum size permitted.'],
  MissingContentLengthHeader: [411, 'The Content-Length header was not specified.'],
  MissingRequiredHeader: [400, 'A required HTTP header was not specified.'],
  MissingRequiredQueryParameter: [400, 'A required query parameter was not specified for this request.'],
  MultipleConditionHeadersNotSupported: [400, 'Multiple condition headers are not supported.'],
  NoAuthenticationInformation: [401, 'Server failed to authenticate the request.'],
  OutOfRangeQueryParameterValue: [400, 'A query parameter is outside the permissible range.'],
  UnsupportedHttpVerb: [405, "The resource doesn't support the specified HTTP verb."],
  UnsupportedQueryParameter: [400, 'One of the query parameters is not supported.'],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

export type StorageCode = keyof typeof CODES;

/** The service's reply with this error. */
export function storageError(code: StorageCode): ReceiverReply {
  const [status, message] = CODES[code];
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const challenge =
    'Bearer authorization_uri=https://login.example/tenant resource_id=https://storage.azure.com';
  return {
    status,
    headers: {
      'x-ms-error-code': code,
      'content-type': 'application/xml',
      ...(status === 401 && { 'www-authenticate': challenge }),
    },
    body,
  };
}
