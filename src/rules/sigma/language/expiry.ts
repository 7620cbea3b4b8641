/** Reads when an exception or a Sigma filter ends. */
import { z } from 'zod';
import { mustBe } from '../../../diagnostics/sentences.ts';
import type { MappingReader } from '../../../diagnostics/yaml/mapping.ts';
import { spanOf } from '../../../diagnostics/yaml/places.ts';
import type { Expiry } from '../types.ts';

/** How `expires` is written, for messages. */
const FORM = 'a day such as "2026-12-31", or a time with a zone such as "2026-12-31T18:00:00Z"';

const DAY = z.iso.date();
const TIME = z.iso.datetime({ offset: true });

/** `expires`: a day, from whose beginning in UTC on it no longer applies, or a time with a zone. */
export const expirySchema = z.string().refine(isExpiry, FORM);

function isExpiry(text: string): boolean {
  return DAY.safeParse(text).success || TIME.safeParse(text).success;
}

/** The moment that a checked `expires` means, in milliseconds since the epoch. */
export function expiryTime(text: string): number {
  return Date.parse(text);
}

/** Reads `expires` of a Sigma document; mistakes are reported. */
export function readExpiry(root: MappingReader): Expiry | undefined {
  const text = root.string('expires');
  if (text === undefined) return undefined;
  if (!isExpiry(text)) {
    root.report('expires', mustBe('bad-format', ['expires'], FORM));
    return undefined;
  }
  return { at: expiryTime(text), text, span: spanOf(root.value('expires'), root.findings.lines) };
}
