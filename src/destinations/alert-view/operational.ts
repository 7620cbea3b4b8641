/** A trouble of the relay itself, or its end, as people read it. Nothing is escaped or cut. */
import type { OperationalMessage } from '../../alerts/message.ts';
import type { Fact } from './message.ts';
import { severityMark } from './title.ts';

export interface OperationalView {
  readonly id: string;
  /** Whether the trouble is over. */
  readonly over: boolean;
  /** `🟠 HIGH  xdr-relay: ...`, or `✅  Over: ...`. */
  readonly headline: string;
  /** For notifications: one line. */
  readonly summary: string;
  /** Sentences. */
  readonly text: string;
  readonly facts: readonly Fact[];
  /** ISO 8601. */
  readonly since: string;
  readonly until: string | undefined;
}

export function operationalView(message: OperationalMessage): OperationalView {
  const over = message.phase === 'end';
  const mark = over ? '✅ OVER' : severityMark(message.severity);
  return {
    id: message.id,
    over,
    headline: `${mark}  ${message.title}`,
    summary: `xdr-relay: ${mark} ${message.title}`,
    text: message.text,
    facts: message.facts,
    since: message.since,
    until: message.until,
  };
}
