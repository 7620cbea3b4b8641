/** Computes the id of an alert. */

import { sha256Hex } from '../shared/digest.ts';
import type { RuleRef } from '../shared/event.ts';

/**
 * The alert id: the first 128 bits of SHA-256 over the event's id and the rule's id, or its title where it has none. The same row
 * and rule give the same id whenever and wherever they are read.
 *
 * @returns 32 lower-case hex digits.
 */
export function alertId(eventId: string, rule: Pick<RuleRef, 'id' | 'title'>): string {
  return sha256Hex(`${eventId}\n${rule.id ?? rule.title}`).slice(0, 32);
}
