/** The filter of the page with the dead letters, as its addresses and acts carry it. */
import { z } from 'zod';
import type { DeadLetterFilter } from '../../delivery/dead-letters.ts';

const instant = z
  .string()
  .regex(/^\d{1,15}$/, 'milliseconds since 1970')
  .transform(Number);
const flag = z.literal('true').optional();

/** Each a string, as in an address. */
export const filterShape = {
  destination: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/)
    .optional(),
  /** Only rows that could not be read, which have no destination. */
  unreadable: flag,
  reason: z.string().min(1).max(100).optional(),
  source: z
    .string()
    .regex(/^[a-z0-9-]{1,63}$/)
    .optional(),
  from: instant.optional(),
  to: instant.optional(),
  isolating: flag,
} as const;

export const letterName = z
  .string()
  .max(300)
  .regex(/^[\w/.-]+$/, 'the name of a dead letter');

const filterSchema = z.strictObject(filterShape);
export type LetterFilterQuery = z.infer<typeof filterSchema>;

export function filterOf(query: LetterFilterQuery): DeadLetterFilter {
  const { destination, unreadable, reason, source, from, to, isolating } = query;
  return {
    ...(unreadable === 'true' ? { destination: null } : destination !== undefined && { destination }),
    ...(reason !== undefined && { reason }),
    ...(source !== undefined && { source }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(isolating === 'true' && { isolating: true }),
  };
}

/** The filter in words, for the audit log. */
export function filterText(query: LetterFilterQuery): string {
  const { destination, unreadable, reason, source, from, to, isolating } = query;
  const parts = [
    unreadable === 'true' ? 'that could not be read' : destination !== undefined && `of ${destination}`,
    reason !== undefined && `with the reason ${JSON.stringify(reason)}`,
    source !== undefined && `from the source ${source}`,
    from !== undefined && `stored from ${timeText(from)}`,
    to !== undefined && `stored before ${timeText(to)}`,
    isolating === 'true' && 'that are still tried',
  ].filter(Boolean);
  return ['dead letters', ...parts].join(' ');
}

function timeText(at: number): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? String(at) : time.toISOString();
}
