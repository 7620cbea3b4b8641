/** A trouble of the relay itself, or its end, as people read it. Nothing is escaped or cut. */
import { renderLinks } from '../../alerts/links.ts';
import type { OperationalMessage } from '../../alerts/message.ts';
import type { Link } from './links.ts';
import type { Fact } from './message.ts';
import type { Searches } from './searches.ts';
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
  /** Searches in the tools that `links:` names, where there is something to look for. */
  readonly searches: readonly Link[];
  /** ISO 8601. */
  readonly since: string;
  readonly until: string | undefined;
}

/** The view of a message about the relay. @param searches `links:` of relay.yaml. */
export function operationalView(message: OperationalMessage, searches: Searches = {}): OperationalView {
  const over = message.phase === 'end';
  const mark = over ? '✅ OVER' : severityMark(message.severity);
  return {
    id: message.id,
    over,
    headline: `${mark}  ${message.title}`,
    summary: `xdr-relay: ${mark} ${message.title}`,
    text: message.text,
    facts: message.facts,
    searches: message.search === undefined ? [] : renderLinks(searches, message.search),
    since: message.since,
    until: message.until,
  };
}
