/**
 * Whether a request may use Azure's blob service:
 *
 * - https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key : form and text of a signature by the account's key, and a time of at
 *   most 15 minutes ago
 * - https://learn.microsoft.com/rest/api/storageservices/create-service-sas : parameters and permissions of a shared access signature
 * - https://learn.microsoft.com/rest/api/storageservices/versioning-for-the-azure-storage-services : `x-ms-version`
 *
 * A shared access signature's own signature and the content of tokens are not checked: tests against Azurite do that.
 */
import { createHmac } from 'node:crypto';
import type { StorageCode } from './blob-errors.ts';

/** A request without its body. */
export interface RequestHead {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body. */
  readonly length: number;
}

export interface BlobAccount {
  readonly name: string;
  /** In base64. */
  readonly key: string;
}

const MOST_OLD_MS = 15 * 60_000;
const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const VERSION = /^20\d{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$/;
const FIRST_VERSION = '2009-09-19';
const SHARED_KEY = /^SharedKey ([a-z0-9]{3,24}):([A-Za-z0-9+/]{43}=)$/;
const BEARER = /^Bearer [A-Za-z0-9\-._~+/]+=*$/;
/** Parameters of a shared access signature for a container or a blob. */
export const SAS_PARAMETERS: readonly string[] = [
  ...['sv', 'sr', 'st', 'se', 'sp', 'sip', 'spr', 'si', 'sig', 'ss', 'srt', 'sdd'],
  ...['skoid', 'sktid', 'skt', 'ske', 'sks', 'skv', 'saoid', 'suoid', 'scid', 'ses'],
];
/** The headers that stand in the signed text before those of `x-ms-`. */
const SIGNED = [
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
];

/** Why a request is refused before its resource is looked at; undefined where it may go on. */
export function signInTrouble(
  head: RequestHead,
  { account, now }: { readonly account: BlobAccount | undefined; readonly now: number },
): StorageCode | undefined {
  const { headers, url } = head;
  const { authorization } = headers;
  const version = headers['x-ms-version'];
  const isBySas = authorization === undefined && url.searchParams.has('sig');
  if (version === undefined && !isBySas) return 'MissingRequiredHeader';
  if (version !== undefined && (!VERSION.test(version) || version < FIRST_VERSION))
    return 'InvalidHeaderValue';
  const date = headers['x-ms-date'] ?? headers.date;
  if (date !== undefined && !HTTP_DATE.test(date)) return 'InvalidHeaderValue';
  if (isBySas) return sasTrouble(head, now);
  if (authorization === undefined) return 'NoAuthenticationInformation';
  if (date === undefined) return 'AuthenticationFailed';
  if (BEARER.test(authorization)) return undefined;
  const [, name, signature] = SHARED_KEY.exec(authorization) ?? [];
  if (name === undefined) return 'InvalidAuthenticationInfo';
  if (Math.abs(now - Date.parse(date)) > MOST_OLD_MS) return 'AuthenticationFailed';
  if (account === undefined) return undefined;
  const isRight = name === account.name && signature === signatureOf(head, account);
  return isRight ? undefined : 'AuthenticationFailed';
}

function sasTrouble({ method, url: { searchParams } }: RequestHead, now: number): StorageCode | undefined {
  const [version, end, start, permissions, resource, signature] = ['sv', 'se', 'st', 'sp', 'sr', 'sig'].map(
    (name) => searchParams.get(name) ?? '',
  );
  const isWhole =
    VERSION.test(version ?? '') &&
    /^[cb]$/.test(resource ?? '') &&
    /^[A-Za-z0-9+/]+={0,2}$/.test(signature ?? '');
  if (!isWhole) return 'AuthenticationFailed';
  if (!(Date.parse(end ?? '') > now) || (start !== '' && !(Date.parse(start ?? '') <= now))) {
    return 'AuthenticationFailed';
  }
  const needed = method === 'GET' ? /r/ : /[cw]/;
  return needed.test(permissions ?? '') ? undefined : 'AuthorizationPermissionMismatch';
}

function signatureOf({ method, url, headers, length }: RequestHead, { name, key }: BlobAccount): string {
  const values = { ...headers, 'content-length': length === 0 ? '' : String(length) };
  if (headers['x-ms-date'] !== undefined) Object.assign(values, { date: '' });
  const own = Object.keys(headers)
    .filter((each) => each.startsWith('x-ms-'))
    .toSorted()
    .map((each) => `${each}:${headers[each]?.trim()}\n`);
  const names = [...new Set(url.searchParams.keys())].toSorted();
  const query = names.map(
    (each) => `\n${each.toLowerCase()}:${url.searchParams.getAll(each).toSorted().join(',')}`,
  );
  const lines = SIGNED.map((each) => `${values[each as keyof typeof values] ?? ''}\n`);
  const text = `${method}\n${lines.join('')}${own.join('')}/${name}${url.pathname}${query.join('')}`;
  return createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
}
