/**
 * What the forms of a request to Azure's blob service must be:
 *
 * - https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
 * - https://learn.microsoft.com/rest/api/storageservices/put-block, .../put-block-list, .../put-blob : hashes of bodies, block ids, tiers, XML
 * - https://learn.microsoft.com/rest/api/storageservices/specifying-conditional-headers-for-blob-service-operations
 */
import { createHash } from 'node:crypto';
import type { StorageCode } from './blob-errors.ts';
import { SAS_PARAMETERS } from './blob-sign-in.ts';

type Headers = Readonly<Record<string, string>>;

const CONTAINER = /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;
const MOST_NAME = 1_024;
const MOST_SEGMENTS = 254;
const PARAMETERS = new Set(['comp', 'blockid', 'blocklisttype', 'timeout', ...SAS_PARAMETERS]);
const ETAG = /^(?:\*|"[^"]*")$/;
const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];
const METADATA = 'x-ms-meta-';
const MOST_METADATA = 8_192;
const TIERS = ['Hot', 'Cool', 'Cold', 'Archive'];
const COLD_SINCE = '2021-12-02';
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MOST_BLOCK_ID = 64;

/** The container and the blob that a path names, or what is wrong with it. */
export function resourceOf(pathname: string): { container: string; blob: string } | StorageCode {
  let path: string;
  try {
    path = decodeURIComponent(pathname);
  } catch {
    return 'InvalidUri';
  }
  const [, container = '', blob = ''] = /^\/([^/]*)\/?([\s\S]*)$/.exec(path) ?? [];
  if (!CONTAINER.test(container)) return 'InvalidResourceName';
  if (blob === '') return 'InvalidUri';
  if (blob.length > MOST_NAME || blob.split('/').length > MOST_SEGMENTS) return 'InvalidResourceName';
  return { container, blob };
}

export function queryTrouble({ searchParams }: URL): StorageCode | undefined {
  if ([...searchParams.keys()].some((name) => !PARAMETERS.has(name))) return 'UnsupportedQueryParameter';
  if (!/^(?:[1-9]\d*)?$/.test(searchParams.get('timeout') ?? '')) return 'InvalidQueryParameterValue';
  const comp = searchParams.get('comp');
  if (comp !== null && !['block', 'blocklist'].includes(comp)) return 'InvalidQueryParameterValue';
  if (!['committed', 'uncommitted', 'all'].includes(searchParams.get('blocklisttype') ?? 'committed')) {
    return 'InvalidQueryParameterValue';
  }
  return undefined;
}

/** The hashes that a body was sent with. */
export function contentTrouble(headers: Headers, body: Uint8Array): StorageCode | undefined {
  if (headers['transfer-encoding'] !== undefined) return 'MissingContentLengthHeader';
  const { 'content-md5': md5, 'x-ms-content-crc64': crc } = headers;
  if (md5 !== undefined && crc !== undefined) return 'InvalidInput';
  if (md5 !== undefined) {
    if (!BASE64.test(md5) || Buffer.from(md5, 'base64').length !== 16) return 'InvalidMd5';
    if (createHash('md5').update(body).digest('base64') !== md5) return 'Md5Mismatch';
  }
  if (crc !== undefined) {
    if (!BASE64.test(crc) || Buffer.from(crc, 'base64').length !== 8) return 'InvalidHeaderValue';
    if (crc64(body) !== crc) return 'Crc64Mismatch';
  }
  return undefined;
}

const POLYNOMIAL = 0x9a6c9329ac4bc9b5n;
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** The CRC-64 that Azure Storage and NVMe use, in base64 of its bytes from the lowest. */
export function crc64(bytes: Uint8Array): string {
  let crc = ALL_ONES;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
  }
  const made = Buffer.alloc(8);
  made.writeBigUInt64LE(crc ^ ALL_ONES);
  return made.toString('base64');
}

/** The headers that say what a blob is to have. */
export function propertiesTrouble(headers: Headers): StorageCode | undefined {
  const tier = headers['x-ms-access-tier'];
  if (tier !== undefined && !TIERS.includes(tier)) return 'InvalidHeaderValue';
  if (tier === 'Cold' && (headers['x-ms-version'] ?? '') < COLD_SINCE) return 'InvalidHeaderValue';
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith(METADATA));
  let length = 0;
  for (const [header, value] of metadata) {
    const name = header.slice(METADATA.length);
    if (name === '') return 'EmptyMetadataKey';
    // "Names must adhere to the naming rules for C# identifiers", and values are headers.
    if (!/^[A-Za-z_]\w*$/.test(name) || !/^[\x20-\x7e]*$/.test(value)) return 'InvalidMetadata';
    length += name.length + value.length;
  }
  return length > MOST_METADATA ? 'MetadataTooLarge' : undefined;
}

/** The forms of the conditions. */
export function conditionFormTrouble(headers: Headers): StorageCode | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (match !== undefined && noneMatch !== undefined) return 'MultipleConditionHeadersNotSupported';
  return ETAG.test(match ?? '*') && ETAG.test(noneMatch ?? '*') ? undefined : 'InvalidHeaderValue';
}

export function hasConditions(headers: Headers): boolean {
  return CONDITIONS.some((name) => headers[name] !== undefined);
}

/** Whether the conditions of a write are met. @param etag of the blob; undefined where there is none. */
export function conditionTrouble(etag: string | undefined, headers: Headers): StorageCode | undefined {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (noneMatch === '*' && etag !== undefined) return 'BlobAlreadyExists';
  if (noneMatch !== undefined && noneMatch === etag) return 'ConditionNotMet';
  if (match === undefined || (match === '*' && etag !== undefined)) return undefined;
  return match === etag ? undefined : 'ConditionNotMet';
}

/** Whether a write may go on. @param lease id of the lease on the blob; undefined where there is none. */
export function leaseTrouble(lease: string | undefined, headers: Headers): StorageCode | undefined {
  const given = headers['x-ms-lease-id'];
  if (given !== undefined && !GUID.test(given)) return 'InvalidHeaderValue';
  if (lease === undefined) return given === undefined ? undefined : 'LeaseNotPresentWithBlobOperation';
  if (given === undefined) return 'LeaseIdMissing';
  return given.toLowerCase() === lease.toLowerCase() ? undefined : 'LeaseIdMismatchWithBlobOperation';
}

/** Of Put Block. */
export function blockIdTrouble(id: string | null): StorageCode | undefined {
  if (id === null || id === '') return 'MissingRequiredQueryParameter';
  if (!BASE64.test(id)) return 'InvalidBlockId';
  return Buffer.from(id, 'base64').length > MOST_BLOCK_ID ? 'OutOfRangeQueryParameterValue' : undefined;
}

/** An entry of the body of Put Block List. */
export interface ListedBlock {
  readonly from: 'Committed' | 'Uncommitted' | 'Latest';
  readonly id: string;
}

const LIST =
  /^(?:\ufeff?<\?xml version="1\.0"(?: encoding="utf-8")?\s*\?>)?\s*<BlockList\s*(?:\/>|>([\s\S]*)<\/BlockList\s*>)\s*$/i;
const ENTRY = /\s*<(Committed|Uncommitted|Latest)>([^<>&]*)<\/\1>\s*/y;

/** The blocks in the body of Put Block List, or what is wrong with it. */
export function blockListIn(body: Uint8Array): readonly ListedBlock[] | StorageCode {
  const list = LIST.exec(Buffer.from(body).toString());
  if (list === null || !/<BlockList/.test(list[0])) return 'InvalidXmlDocument';
  const text = (list[1] ?? '').trim();
  const blocks: ListedBlock[] = [];
  ENTRY.lastIndex = 0;
  for (let at = 0; at < text.length; at = ENTRY.lastIndex) {
    const [, from, id = ''] = ENTRY.exec(text) ?? [];
    if (from === undefined) return 'InvalidXmlDocument';
    if (id === '' || !BASE64.test(id)) return 'InvalidXmlNodeValue';
    blocks.push({ from: from as ListedBlock['from'], id });
  }
  return blocks;
}
