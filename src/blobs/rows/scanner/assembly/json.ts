/** The WebAssembly scanner's reader of JSON values: what json-reader.ts of the twin does, sixteen bytes at a time. AssemblyScript. */
import {
  DEPTH_MOST,
  FLAG_DUPLICATE_KEY,
  FLAG_INEXACT,
  FLAG_MANY_KEYS,
  FLAG_NOT_JSON,
  FLAG_NOT_UTF8,
  FLAG_TOO_DEEP,
  KIND_ARRAY,
  KIND_ASCII,
  KIND_ESCAPED,
  KIND_FALSE,
  KIND_INEXACT,
  KIND_NULL,
  KIND_NUMBER,
  KIND_OBJECT,
  KIND_TRUE,
  KIND_UTF8,
} from '../layout';
import { addKey, hashOf, NEW_KEY, SEEN_KEY } from './keys';
import { OPEN } from './memory';

export const LF: u8 = 0x0a;
export const CR: u8 = 0x0d;
export const QUOTE: u8 = 0x22;
export const COMMA: u8 = 0x2c;
export const COLON: u8 = 0x3a;
export const OPEN_OBJECT: u8 = 0x7b;
export const CLOSE_OBJECT: u8 = 0x7d;
const SPACE: u8 = 0x20;
const TAB: u8 = 0x09;
const BACKSLASH: u8 = 0x5c;
const OPEN_ARRAY: u8 = 0x5b;
const CLOSE_ARRAY: u8 = 0x5d;
const MINUS: u8 = 0x2d;
const PLUS: u8 = 0x2b;
const POINT: u8 = 0x2e;
const ZERO: u8 = 0x30;
const LOWER_E: u8 = 0x65;
const LOWER_U: u8 = 0x75;

/** `true`, `null` and the end of `false` as the integers that their bytes are. */
const TRUE_BYTES: u32 = 0x65757274;
const NULL_BYTES: u32 = 0x6c6c756e;
const ALSE_BYTES: u32 = 0x65736c61;

const SAFE_DIGITS: usize = 16;
const GREATEST_SAFE: u64 = 9007199254740991;
const PLAIN_DIGITS: usize = 200;

/** Of the row that is being read. */
export let flags: i32 = 0;
export let values: i32 = 0;
let objects: i32 = 0;
/** Of the value that was read last. */
export let kind: i32 = 0;
/** Of the key that was read last. */
export let keyStart: usize = 0;
export let keyEnd: usize = 0;
export let keyHash: i32 = 0;

export function beginRow(): void {
  flags = 0;
  values = 0;
  objects = 0;
}

export function flag(bits: i32): void {
  flags |= bits;
}

export function setKind(given: i32): void {
  kind = given;
}

/** Every function that reads returns the place behind what it has read; 0 where the bytes are wrong. */
export function fail(bits: i32): usize {
  flags |= bits;
  return 0;
}

/** The number of an object that opens. */
export function nextObject(): i32 {
  return objects++;
}

export function countValue(): void {
  values++;
}

/** The first byte from `at` on that is no white space. A line feed is none: each row has one behind it, which ends all loops. */
export function space(at: usize): usize {
  while (true) {
    const byte = load<u8>(at);
    if (byte > SPACE || (byte !== SPACE && byte !== TAB && byte !== CR)) return at;
    at++;
  }
}

/** The first byte from `at` on that is a quote, a backslash, a control character or beyond ASCII. */
function plainEnd(at: usize): usize {
  while (true) {
    const bytes = v128.load(at);
    const found = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, i8x16.splat(QUOTE)), i8x16.eq(bytes, i8x16.splat(BACKSLASH))),
        // As signed numbers, bytes beyond ASCII are below 0.
        i8x16.lt_s(bytes, i8x16.splat(SPACE)),
      ),
    );
    if (found !== 0) return at + ctz(found);
    at += 16;
  }
}

/** A string; `at` is on its quote. */
export function readString(at: usize): usize {
  let found = KIND_ASCII;
  at++;
  while (true) {
    at = plainEnd(at);
    const byte = load<u8>(at);
    if (byte === QUOTE) {
      kind = found;
      return at + 1;
    }
    if (byte === BACKSLASH) {
      const length = escapeLength(at);
      if (length === 0) return fail(FLAG_NOT_JSON);
      found = KIND_ESCAPED;
      at += length;
    } else if (byte < SPACE) return fail(FLAG_NOT_JSON);
    else {
      do {
        const length = sequenceLength(at);
        if (length === 0) return fail(FLAG_NOT_UTF8);
        at += length;
      } while (load<u8>(at) >= 0x80);
      if (found === KIND_ASCII) found = KIND_UTF8;
    }
  }
}

function escapeLength(at: usize): usize {
  switch (load<u8>(at, 1)) {
    case BACKSLASH:
    case QUOTE:
    case 0x2f:
    case 0x62:
    case 0x66:
    case 0x6e:
    case 0x72:
    case 0x74:
      return 2;
    case LOWER_U:
      return isHex(load<u8>(at, 2)) &&
        isHex(load<u8>(at, 3)) &&
        isHex(load<u8>(at, 4)) &&
        isHex(load<u8>(at, 5))
        ? 6
        : 0;
    default:
      return 0;
  }
}

function isHex(byte: u8): bool {
  return <u8>(byte - ZERO) < 10 || <u8>((byte | 0x20) - 0x61) < 6;
}

/** How long the UTF-8 sequence at `at` is; 0 where it is none (Unicode 16, table 3-7). */
function sequenceLength(at: usize): usize {
  const lead = load<u8>(at);
  if (lead < 0xc2 || lead > 0xf4) return 0;
  const second = load<u8>(at, 1);
  if (lead < 0xe0) return isTail(second) ? 2 : 0;
  const least: u8 = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const most: u8 = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most || !isTail(load<u8>(at, 2))) return 0;
  if (lead < 0xf0) return 3;
  return isTail(load<u8>(at, 3)) ? 4 : 0;
}

function isTail(byte: u8): bool {
  return (byte & 0xc0) === 0x80;
}

/** A member's key with its colon, and the white space around that. */
export function readKey(at: usize, object: i32): usize {
  if (load<u8>(at) !== QUOTE) return fail(FLAG_NOT_JSON);
  const start = at + 1;
  at = readString(at);
  if (at === 0) return 0;
  const end = at - 1;
  const hash = hashOf(start, end);
  keyStart = start;
  keyEnd = end;
  keyHash = hash;
  const seen = addKey(object, hash);
  if (seen !== NEW_KEY) flags |= seen === SEEN_KEY ? FLAG_DUPLICATE_KEY : FLAG_MANY_KEYS;
  at = space(at);
  if (load<u8>(at) !== COLON) return fail(FLAG_NOT_JSON);
  return space(at + 1);
}

/** Any value. `depth`: how many arrays and objects are open around it. */
export function readValue(at: usize, depth: i32): usize {
  const byte = load<u8>(at);
  if (byte === QUOTE) return readString(at);
  return byte === OPEN_OBJECT || byte === OPEN_ARRAY ? readNested(at, depth) : readBare(at);
}

/** A number or a literal. */
function readBare(at: usize): usize {
  switch (load<u8>(at)) {
    case 0x74:
      if (load<u32>(at) !== TRUE_BYTES) return fail(FLAG_NOT_JSON);
      kind = KIND_TRUE;
      return at + 4;
    case 0x66:
      if (load<u32>(at, 1) !== ALSE_BYTES) return fail(FLAG_NOT_JSON);
      kind = KIND_FALSE;
      return at + 5;
    case 0x6e:
      if (load<u32>(at) !== NULL_BYTES) return fail(FLAG_NOT_JSON);
      kind = KIND_NULL;
      return at + 4;
    default:
      return readNumber(at);
  }
}

function readNumber(at: usize): usize {
  const negative = load<u8>(at) === MINUS;
  if (negative) at++;
  const start = at;
  if (load<u8>(at) === ZERO) at++;
  else {
    at = digitsEnd(at);
    if (at === start) return fail(FLAG_NOT_JSON);
  }
  const wholeEnd = at;
  let digits = at - start;
  if (load<u8>(at) === POINT) {
    const fraction = at + 1;
    at = digitsEnd(fraction);
    if (at === fraction) return fail(FLAG_NOT_JSON);
    digits += at - fraction;
  }
  const mantissaEnd = at;
  let exponent: usize = 0;
  if ((load<u8>(at) | 0x20) === LOWER_E) {
    at++;
    const sign = load<u8>(at);
    if (sign === MINUS || sign === PLUS) at++;
    const power = at;
    at = digitsEnd(power);
    exponent = at - power;
    if (exponent === 0) return fail(FLAG_NOT_JSON);
  }
  if (
    (at === wholeEnd
      ? digits >= SAFE_DIGITS && isUnsafe(start, digits)
      : digits >= PLAIN_DIGITS || exponent >= 3) ||
    (negative && isZero(start, mantissaEnd))
  ) {
    kind = KIND_INEXACT;
    flags |= FLAG_INEXACT;
  } else kind = KIND_NUMBER;
  return at;
}

function digitsEnd(at: usize): usize {
  while (<u8>(load<u8>(at) - ZERO) < 10) at++;
  return at;
}

function isZero(start: usize, end: usize): bool {
  for (let at = start; at < end; at++) {
    const byte = load<u8>(at);
    if (byte !== ZERO && byte !== POINT) return false;
  }
  return true;
}

/** Whether an integer of `SAFE_DIGITS` digits or more is beyond 2^53 - 1. */
function isUnsafe(start: usize, digits: usize): bool {
  if (digits > SAFE_DIGITS) return true;
  let value: u64 = 0;
  for (let at = start; at < start + digits; at++) value = value * 10 + <u64>(load<u8>(at) - ZERO);
  return value > GREATEST_SAFE;
}

/** Arrays and objects that are open, while one is read. */
let depth: i32 = 0;

/** An array or an object with all that is in it. */
function readNested(at: usize, around: i32): usize {
  const found = load<u8>(at) === OPEN_OBJECT ? KIND_OBJECT : KIND_ARRAY;
  depth = around;
  while (true) {
    const byte = load<u8>(at);
    let ends = true;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      at = enter(at, byte);
      if (at === 0) return 0;
      ends = load<u8>(at) === closeOf(byte);
    } else {
      at = byte === QUOTE ? readString(at) : readBare(at);
      if (at === 0) return 0;
    }
    if (ends) {
      at = leave(at, around);
      if (at === 0) return 0;
      if (depth === around) {
        kind = found;
        return at;
      }
    }
    const object = load<i32>(openAt(depth));
    if (object >= 0) {
      at = readKey(at, object);
      if (at === 0) return 0;
    }
  }
}

function closeOf(open: u8): u8 {
  return open === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
}

/** Enters an array or an object, up to its first member or its end. */
function enter(at: usize, byte: u8): usize {
  values++;
  depth++;
  if (depth > DEPTH_MOST) return fail(FLAG_TOO_DEEP);
  store<i32>(openAt(depth), byte === OPEN_OBJECT ? nextObject() : -1);
  return space(at + 1);
}

/** Behind a value, or on the end of an empty array or object: leaves what ends here, and reads the comma before the next value. */
function leave(at: usize, around: i32): usize {
  while (true) {
    at = space(at);
    const byte = load<u8>(at);
    if (byte === COMMA) {
      values++;
      return space(at + 1);
    }
    if (byte !== (load<i32>(openAt(depth)) >= 0 ? CLOSE_OBJECT : CLOSE_ARRAY)) return fail(FLAG_NOT_JSON);
    at++;
    depth--;
    if (depth === around) return at;
  }
}

function openAt(depth: i32): usize {
  return OPEN + ((<usize>depth) << 2);
}
