/** Signs requests to Azure Storage with the key of an account (Microsoft Learn, "Authorize with Shared Key", Blob service). */
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';

/** A request as it is signed: its headers have lower-case names, and `x-ms-date` and `x-ms-version` are among them. */
export interface SignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body. */
  readonly length: number;
}

/** The headers that stand in the signed text in this order, empty where they are absent. `Date` is, since `x-ms-date` replaces it. */
const SIGNED = [
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
  { account, secret }: { readonly account: string; readonly secret: string },
): string {
  const text = signedText(request, account);
  const signature = createHmac('sha256', Buffer.from(secret, 'base64')).update(text, 'utf8').digest('base64');
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
    // Content-Encoding and Content-Language, which no request has.
    '',
    '',
    length === 0 ? '' : String(length),
    ...SIGNED.map((name) => headers[name] ?? ''),
    ...own,
    `/${account}${pathname}${query.join('')}`,
  ].join('\n');
}
