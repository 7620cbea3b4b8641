/** Numbers as Sysmon and Windows' security log write them; Defender has them in decimal. */
import type { Rendering } from './rendering.ts';

const WHOLE = /^-?\d{1,20}$/;
/** What fits into a number and needs no `BigInt`, which takes ten times as long. */
const SMALL = /^\d{1,9}$/;
const HEX = /^0x[0-9a-f]{1,16}$/i;
const BITS_32 = 32;
const BITS_64 = 64;
const MOST_32 = 0xffff_ffffn;
const LEAST_32 = -(2n ** 31n);

/**
 * `0x1410`: access masks and logon ids.
 *
 * Seen: `GrantedAccess: 0x1410` in Sysmon's events 10, `LogonId: 0x3e7` in events 1 (both in SigmaHQ's rules); `DesiredAccess` as a
 * number in DeviceEvents' AdditionalFields, `LogonId` as a `long` in Microsoft's reference of the tables.
 */
export const hexadecimal: Rendering = {
  name: 'hexadecimal',
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

/** A number without a sign, from decimal or hexadecimal digits; negative ones are what a signed column makes of high bits. */
function wholeNumber(text: string): bigint | undefined {
  if (!WHOLE.test(text) && !HEX.test(text)) return undefined;
  const number = BigInt(text);
  if (number >= 0n) return BigInt.asUintN(BITS_64, number);
  return BigInt.asUintN(number < LEAST_32 ? BITS_64 : BITS_32, number);
}

/** `DWORD (0x00000001)` of decimal or hexadecimal digits; undefined of other strings. */
export function dword(text: string): string | undefined {
  if (SMALL.test(text)) return `DWORD (0x${digits(Number(text))})`;
  const number = wholeNumber(text);
  return number === undefined ? undefined : `DWORD (0x${digits(number & MOST_32)})`;
}

/** `QWORD (0x00000000-0x00000001)`: the high half, then the low one. */
export function qword(text: string): string | undefined {
  const number = wholeNumber(text);
  if (number === undefined) return undefined;
  return `QWORD (0x${digits((number >> 32n) & MOST_32)}-0x${digits(number & MOST_32)})`;
}

function digits(number: number | bigint): string {
  return number.toString(16).padStart(8, '0');
}
