/** Links that carry the whole state: in the fragment, which browsers send to no server. */
import { deflateSync, Inflate, strFromU8, strToU8 } from 'fflate';
import { z } from 'zod';
import { MOST_FILES, type Opened, type PlaygroundState, type Shared } from './messages.ts';
import type { ReadRelay } from './relay.ts';

/** Characters of a fragment: browsers and chats take links of this length. */
export const MOST_FRAGMENT = 100_000;
/** Bytes of the state: a small fragment can hold very much of the same. */
export const MOST_STATE = 2 * 1024 * 1024;
const VERSION = '1.';
/** Characters of a file's path. */
const MOST_PATH = 200;

const PATH = /^(?!\/)(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\p{L}\p{N} ._/()+,@&=~!-]+\.(?:ya?ml|csv|txt|json)$/u;

const stateSchema = z.strictObject({
  files: z
    .array(z.strictObject({ path: z.string().max(MOST_PATH).regex(PATH), text: z.string().max(500_000) }))
    .max(MOST_FILES),
  relay: z.string().max(200_000),
  rows: z.string().max(1_500_000),
  table: z.string().max(100).regex(/^\w*$/),
});

/** The fragment without `#`. Secrets that are written out in relay.yaml become references. */
export function shared(state: PlaygroundState, { literals }: Pick<ReadRelay, 'literals'>): Shared {
  let { relay } = state;
  for (const { from, to, name } of literals.toReversed()) {
    relay = `${relay.slice(0, from)}"\${${name}}"${relay.slice(to)}`;
  }
  const hidden = literals.length;
  const parsed = stateSchema.safeParse({ ...state, relay });
  if (!parsed.success) return { hidden, problem: unsharable(state) };
  const fragment = VERSION + encoded(deflateSync(strToU8(JSON.stringify(parsed.data)), { level: 9 }));
  if (fragment.length > MOST_FRAGMENT) {
    return {
      hidden,
      problem: `The link would have more than ${MOST_FRAGMENT.toLocaleString('en')} characters.`,
    };
  }
  return { fragment, hidden };
}

function unsharable({ files }: PlaygroundState): string {
  const named = files.find(({ path }) => !PATH.test(path) || path.length > MOST_PATH);
  if (named) return `A link cannot carry a file of this path: ${named.path}`;
  return 'The files or the rows are too long for a link.';
}

/** The state in a fragment. Never throws: a stranger may have written the link. */
export function opened(fragment: string): Opened {
  if (!fragment.startsWith(VERSION)) return { problem: 'The link is of no version that this page knows.' };
  if (fragment.length > MOST_FRAGMENT) return { problem: 'The link is too long.' };
  try {
    const state = stateSchema.safeParse(
      JSON.parse(strFromU8(inflated(decoded(fragment.slice(VERSION.length))))),
    );
    if (!state.success) return { problem: 'The link does not hold the state of a playground.' };
    const paths = new Set(state.data.files.map(({ path }) => path));
    if (paths.size < state.data.files.length) return { problem: 'The link has two files of one path.' };
    return { state: state.data };
  } catch {
    return { problem: 'The link is damaged, or cut off.' };
  }
}

/** Throws where the bytes become more than a state may have. */
function inflated(bytes: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const inflate = new Inflate((piece) => {
    length += piece.length;
    if (length > MOST_STATE) throw new RangeError('the state is too long');
    pieces.push(piece);
  });
  // Each piece of input becomes at most about a thousand times as much.
  for (let at = 0; at < bytes.length; at += 1024) {
    inflate.push(bytes.subarray(at, at + 1024), at + 1024 >= bytes.length);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Base64 for addresses (RFC 4648, section 5), without padding. */
function encoded(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function decoded(text: string): Uint8Array {
  if (!/^[\w-]*$/.test(text)) throw new TypeError('not base64');
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
}
