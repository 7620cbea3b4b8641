/** Decodes the body of a request: content encoding, size and UTF-8. */
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';

const DECODERS = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const;

/** No body may be longer than this, compressed or not. Bytes. */
export const MOST_BYTES = 64 * 1_048_576;

export interface ReceiverReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type Encoding = keyof typeof DECODERS;

/** Why a body is refused before a receiver sees it. */
export type BodyFault = 'unsupported_encoding' | 'corrupt' | 'too_large' | 'not_utf8';

/** Which bodies a product reads. */
export interface Intake {
  /** The encodings besides `identity`. Default: gzip. Any other is passed on undecoded, unless there is `refuse`. */
  readonly encodings?: readonly Encoding[];
  /** The longest body after decoding, in bytes. Default: 64 MiB. */
  readonly maxBytes?: number;
  /** What the product answers. Its presence makes the receiver strict about encodings and UTF-8. */
  readonly refuse?: (fault: BodyFault) => ReceiverReply;
}

/** The text of a body, or the product's refusal. Inflates no further than the intake's limit. */
export async function decodeBody(
  raw: Buffer,
  header: string | undefined,
  intake: Intake,
): Promise<{ readonly text: string } | { readonly refused: ReceiverReply }> {
  const { encodings = ['gzip'], maxBytes = MOST_BYTES, refuse } = intake;
  const encoding = encodings.find((each) => each === header);
  if (encoding === undefined && refuse && ![undefined, '', 'identity'].includes(header)) {
    return { refused: refuse('unsupported_encoding') };
  }
  const decoded = encoding === undefined ? raw : await decompressed(raw, encoding, maxBytes);
  const fault = typeof decoded === 'string' ? decoded : faultOf(decoded, maxBytes, refuse !== undefined);
  if (typeof decoded !== 'string' && fault === undefined) return { text: decoded.toString('utf8') };
  return { refused: refuse?.(fault ?? 'corrupt') ?? { status: 400, body: `not ${encoding}` } };
}

async function decompressed(
  raw: Buffer,
  encoding: Encoding,
  maxBytes: number,
): Promise<Buffer | 'too_large' | 'corrupt'> {
  try {
    return await DECODERS[encoding](raw, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLarge = error instanceof RangeError;
    return isTooLarge ? 'too_large' : 'corrupt';
  }
}

function faultOf(decoded: Buffer, maxBytes: number, isStrict: boolean): BodyFault | undefined {
  if (decoded.length > maxBytes) return 'too_large';
  return isStrict && !isUtf8(decoded) ? 'not_utf8' : undefined;
}
