/**
 * The media types of Elasticsearch's requests and replies.
 *
 * Sources: https://www.elastic.co/docs/reference/elasticsearch/rest-apis/compatibility (`application/vnd.elasticsearch+json;compatible-with=N`,
 * on both headers or on neither), https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-bulk (`application/json` or
 * `application/x-ndjson`), https://www.elastic.co/blog/strict-content-type-checking-for-elasticsearch-rest-requests (406 for others).
 */
import { short, whole } from './elastic-errors.ts';
import type { ReceivedRequest, ReceiverReply } from './server.ts';

const CURRENT = 9;
const OLDEST = 8;
const TYPE = /^application\/(vnd\.elasticsearch\+)?(json|x-ndjson)$/;
const PARAMETER = /^(charset=utf-?8|compatible-with=(\d+))$/i;

interface MediaType {
  readonly type: string;
  /** The version of the API that is requested, if any. */
  readonly version?: number;
}

/** The media type of the reply, or the refusal of the request's headers. Sizes in UTF-16 units decide only whether there is a body. */
export function negotiated({ headers, body }: ReceivedRequest): string | ReceiverReply {
  const { 'content-type': contentType, accept = '*/*' } = headers;
  const given = contentType === undefined ? undefined : parsed(contentType);
  if (body !== '' && contentType === undefined) return short(406, 'Content-Type header is missing');
  if (contentType !== undefined && given === undefined) {
    return short(406, `Content-Type header [${contentType}] is not supported`);
  }
  // Elastic's own clients send a list, of which one type is enough.
  const wanted = accept
    .split(',')
    .map(parsed)
    .find((type) => type !== undefined);
  if (wanted === undefined && !accept.includes('*/*'))
    return mediaTypeRefusal(['Accept'], `Accept=${accept}`);
  return versions({ given, wanted, contentType, accept, hasBody: body !== '' });
}

function versions(asked: {
  readonly given: MediaType | undefined;
  readonly wanted: MediaType | undefined;
  readonly contentType: string | undefined;
  readonly accept: string;
  readonly hasBody: boolean;
}): string | ReceiverReply {
  const { given, wanted, contentType, accept, hasBody } = asked;
  const both = ['Accept', 'Content-Type'];
  const acceptVersion = wanted?.version ?? CURRENT;
  const contentVersion = given?.version ?? CURRENT;
  if (!isSpoken(acceptVersion)) {
    return mediaTypeRefusal(both, `${mustBe('Accept', acceptVersion)} Accept=${accept}`);
  }
  if (hasBody) {
    if (!isSpoken(contentVersion)) {
      return mediaTypeRefusal(both, `${mustBe('Content-Type', contentVersion)} Content-Type=${contentType}`);
    }
    const rule =
      'A compatible version is required on both Content-Type and Accept headers if either one has requested a compatible version';
    const seen = `Accept=${accept}, Content-Type=${contentType}`;
    if (contentVersion !== acceptVersion) {
      return mediaTypeRefusal(both, `${rule} and the compatible versions must match. ${seen}`);
    }
    if ((given?.version === undefined) !== (wanted?.version === undefined)) {
      return mediaTypeRefusal(both, `${rule}. ${seen}`);
    }
  }
  return wanted?.version === undefined
    ? 'application/json'
    : `application/vnd.elasticsearch+json;compatible-with=${wanted.version}`;
}

function isSpoken(version: number): boolean {
  return version >= OLDEST && version <= CURRENT;
}

function mustBe(header: string, found: number): string {
  return `${header} version must be either version ${CURRENT} or ${OLDEST}, but found ${found}.`;
}

function mediaTypeRefusal(headers: readonly string[], reason: string): ReceiverReply {
  return whole(400, {
    type: 'media_type_header_exception',
    reason: `Invalid media-type value on headers [${headers.join(', ')}]`,
    caused_by: { type: 'status_exception', reason },
  });
}

/** A media type for which Elasticsearch has a JSON parser; undefined for any other. */
function parsed(header: string): MediaType | undefined {
  const [type = '', ...parameters] = header.split(';').map((part) => part.trim().toLowerCase());
  const isVendor = TYPE.exec(type)?.[1] !== undefined;
  if (!TYPE.test(type) || !parameters.every((each) => PARAMETER.test(each))) return undefined;
  const version = parameters.map((each) => PARAMETER.exec(each)?.[2]).find((each) => each !== undefined);
  if (version === undefined) return { type };
  return isVendor ? { type, version: Number(version) } : undefined;
}
