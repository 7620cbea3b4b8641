/** Reads what a connection receives into one buffer, and takes the bodies of downloads out before Node's HTTP client sees them. */
import type { Socket } from 'node:net';
import { DownloadBody, READ_BYTES } from './download-body.ts';

/**
 * Node's HTTP client copies each piece of a body into memory of its own, and so does the socket before it. This reads the head of a reply,
 * tells the client of a body of one byte, keeps the body for its reader, and passes the last byte on when it has come. So the client knows when
 * the reply ends, and everything else is its own: connecting, reusing the connection, aborting, errors.
 *
 * A reply that is not plainly a part of a blob of known length is passed on as it is, whole.
 */
export class DownloadSocket {
  readonly #buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  #socket: Socket | undefined;
  #isHeadNext = true;
  #body: DownloadBody | undefined;

  /** The option `onread` of the socket. Node calls it once for each read, and reads no more while it returns false. */
  readonly onread = { buffer: this.#buffer, callback: (length: number) => this.#read(length) };

  /** The body of the reply that came last. */
  get body(): DownloadBody | undefined {
    return this.#body;
  }

  /** @param socket the one that was made with {@link onread}. */
  attach(socket: Socket): void {
    this.#socket = socket;
  }

  /** A further request begins. */
  expectHead(): void {
    this.#isHeadNext = true;
    this.#body = undefined;
  }

  #read(length: number): boolean {
    const bytes = this.#buffer.subarray(0, length);
    if (!this.#isHeadNext) return this.#body ? this.#toBody(this.#body, bytes) : this.#pass(bytes);
    this.#isHeadNext = false;
    const head = plainHead(bytes);
    if (!head) return this.#pass(bytes);
    this.#body = new DownloadBody(head.length, () => this.#socket?.resume());
    bytes.fill('0', head.digitsFrom, head.digitsTo);
    bytes.write('1', head.digitsTo - 1);
    this.#pass(bytes.subarray(0, head.end));
    return head.end === length || this.#toBody(this.#body, bytes.subarray(head.end));
  }

  #toBody(body: DownloadBody, bytes: Buffer): boolean {
    const { missing } = body;
    // Whatever is behind the body is for the client to judge.
    if (missing === 0) return this.#pass(bytes);
    const isWelcome = body.add(missing < bytes.length ? bytes.subarray(0, missing) : bytes);
    return body.missing > 0 ? isWelcome : this.#pass(bytes.subarray(missing - 1));
  }

  /** As the socket itself does where it has no buffer of its own; the client is done with the bytes when this returns. */
  #pass(bytes: Buffer): true {
    this.#socket?.emit('data', bytes);
    return true;
  }
}

interface PlainHead {
  /** The place behind it. */
  readonly end: number;
  /** The length of the body. */
  readonly length: number;
  /** Where that is said. */
  readonly digitsFrom: number;
  readonly digitsTo: number;
}

/** The head of a part of a blob, if these bytes begin with it as a whole and the body comes as it is. RFC 9112, sections 4 and 6. */
function plainHead(bytes: Buffer): PlainHead | undefined {
  const end = bytes.indexOf('\r\n\r\n') + 4;
  if (end < 4) return undefined;
  const text = bytes.toString('latin1', 0, end).toLowerCase();
  if (!text.startsWith('http/1.1 206 ')) return undefined;
  if (text.includes('\r\ntransfer-encoding:') || text.includes('\r\ncontent-encoding:')) return undefined;
  const name = '\r\ncontent-length:';
  const at = text.indexOf(name);
  if (at === -1 || text.includes(name, at + 1)) return undefined;
  const [line = '', digits = ''] = /^[ \t]*(\d{1,15})(?=[ \t]*\r\n)/.exec(text.slice(at + name.length)) ?? [];
  const length = Number(digits);
  if (length === 0) return undefined;
  const digitsTo = at + name.length + line.length;
  return { end, length, digitsFrom: digitsTo - digits.length, digitsTo };
}
