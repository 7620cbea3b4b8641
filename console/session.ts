/** Who uses the console, what they may do, and what needs attention: asked once for all pages. */
import { signal } from '@preact/signals';
import type { AttentionView } from '../src/console/model/attention.ts';
import type { SessionAnswer } from '../src/console/model/session.ts';

/** Undefined until the relay has answered. */
export const session = signal<SessionAnswer | undefined>(undefined);

/** The last answer about what needs attention; undefined until there is one. */
export const attention = signal<AttentionView | undefined>(undefined);

/** Whether the person may change things. Pages show the buttons of acts only then; the relay refuses others all the same. */
export function isOperator(): boolean {
  return session.value?.allowed.acts === true;
}

/** Whether rows (bytes of events) may be shown. */
export function mayShowRows(): boolean {
  return session.value?.allowed.rows === true;
}
