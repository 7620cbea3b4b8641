/** Renders Defender's decimal numbers as Sysmon and Windows' security log write them. */
import type { Rendering } from './rendering.ts';

const WHOLE = /^-?\d{1,20}$/;
/** Numbers that need no `BigInt`, which takes ten times as long. */
const SMALL = /^\d{1,9}$/;
const HEX = /^0x[0-9a-f]{1,16}$/i;
const BITS_32 = 32;
const BITS_64 = 64;
const MOST_32 = 0xffff_ffffn;
const LEAST_32 = -(2n ** 31n);

/**
 * Renders access masks and logon ids as `0x1410`.
 *
 * Seen: `GrantedAccess: 0x1410` in Sysmon's events 10, `LogonId: 0x3e7` in events 1 (both in SigmaHQ's rules); `DesiredAccess` as a
 * number in DeviceEvents' AdditionalFields, `LogonId` as a `long` in Microsoft's reference of the tables.
 */
export const hexadecimal: Rendering = {
  name: 'hexadecimal',
  form: { kind: 'hexadecimal' },
  render: ([texts = []]) => texts.map(hexOf),
  spell: (value) => (HEX.test(value) ? hexOf(value) : value),
  ofNumber: hexOf,
  compares: 'numbers',
};

function hexOf(text: string): string {
  if (SMALL.test(text)) return `0x${Number(text).toString(16)}`;
  const number = wholeNumber(text);
  return number === undefined ? text : `0x${number.toString(16)}`;
}

/** Parses decimal or hexadecimal digits as an unsigned number. A negative number is one whose highest bit a signed column took for the sign. */
function wholeNumber(text: string): bigint | undefined {
  if (!WHOLE.test(text) && !HEX.test(text)) return undefined;
  const number = BigInt(text);
  if (number >= 0n) return BigInt.asUintN(BITS_64, number);
  return BigInt.asUintN(number < LEAST_32 ? BITS_64 : BITS_32, number);
}

/** Renders decimal or hexadecimal digits as `DWORD (0x00000001)`; undefined for other strings. */
export function dword(text: string): string | undefined {
  if (SMALL.test(text)) return `DWORD (0x${digits(Number(text))})`;
  const number = wholeNumber(text);
  return number === undefined ? undefined : `DWORD (0x${digits(number & MOST_32)})`;
}

/** Renders digits as `QWORD (0x00000000-0x00000001)`, the high half first; undefined for other strings. */
export function qword(text: string): string | undefined {
  const number = wholeNumber(text);
  if (number === undefined) return undefined;
  return `QWORD (0x${digits((number >> 32n) & MOST_32)}-0x${digits(number & MOST_32)})`;
}

function digits(number: number | bigint): string {
  return number.toString(16).padStart(8, '0');
}
