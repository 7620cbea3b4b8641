/** Signs requests to Azure Storage with the key of an account (Microsoft Learn, "Authorize with Shared Key", Blob service). */
import { createHmac, type KeyObject } from 'node:crypto';

/** A request as it is signed: its headers have lower-case names, and `x-ms-date` and `x-ms-version` are among them. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body. */
  readonly length: number;
}

/** The headers that stand in the signed text in this order, empty where they are absent. `Date` is, since `x-ms-date` replaces it. */
const BEFORE_LENGTH = ['content-encoding', 'content-language'];
const AFTER_LENGTH = [
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
];

/** The value of the `Authorization` header. */
export function sharedKeySignature(
  request: SignedRequest,
  { account, key }: { readonly account: string; readonly key: KeyObject | Uint8Array },
): string {
  const text = signedText(request, account);
  const signature = createHmac('sha256', key).update(text, 'utf8').digest('base64');
  return `SharedKey ${account}:${signature}`;
}

function signedText({ method, url, headers, length }: SignedRequest, account: string): string {
  const { pathname, searchParams } = new URL(url);
  const own = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-ms-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value.trim()}`);
  const query = [...searchParams]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `\n${name.toLowerCase()}:${value}`);
  return [
    method,
    ...BEFORE_LENGTH.map((name) => headers[name] ?? ''),
    length === 0 ? '' : String(length),
    ...AFTER_LENGTH.map((name) => headers[name] ?? ''),
    ...own,
    `/${account}${pathname}${query.join('')}`,
  ].join('\n');
}
