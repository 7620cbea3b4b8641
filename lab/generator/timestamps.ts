/** Times as Defender writes them. */
import type { Random } from './random.ts';

/**
 * A time as Defender writes it: UTC, `digits` fractional digits at most, trailing zeros left out, so 0 to 7 appear.
 *
 * @param at Milliseconds since the epoch.
 */
export function timestamp(at: number, random: Random, digits = 7): string {
  const iso = new Date(at).toISOString();
  if (digits === 0) return `${iso.slice(0, 19)}Z`;
  const ticks = `${iso.slice(20, 23)}${random.int(0, 9999).toString().padStart(4, '0')}`;
  const fraction = ticks.slice(0, digits).replace(/0+$/, '');
  return fraction === '' ? `${iso.slice(0, 19)}Z` : `${iso.slice(0, 19)}.${fraction}Z`;
}

/** The envelope's times: always 7 digits. */
export function envelopeTime(at: number, random: Random): string {
  return `${new Date(at).toISOString().slice(0, 23)}${random.int(0, 9999).toString().padStart(4, '0')}Z`;
}
