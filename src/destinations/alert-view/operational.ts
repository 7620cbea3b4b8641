/** A trouble of the relay itself, or its end, as people read it. Nothing is escaped or cut. */
import { renderLinks } from '../../alerts/links.ts';
import { type OperationalMessage, RUNBOOK } from '../../alerts/message.ts';
import type { Link } from './links.ts';
import type { Fact } from './message.ts';
import type { Searches } from './searches.ts';
import { severityMark } from './title.ts';

export interface OperationalView {
  readonly id: string;
  /** Whether the trouble is over. */
  readonly over: boolean;
  /** `🟠 HIGH  xdr-relay: ...`, or `✅ OVER  xdr-relay: ...`. */
  readonly headline: string;
  /** For notifications: one line. */
  readonly summary: string;
  /** Sentences. */
  readonly text: string;
  readonly facts: readonly Fact[];
  /** The runbook, where relay.yaml says at which address it is. */
  readonly pages: readonly Link[];
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
  const pages = runbookOf(message);
  return {
    id: message.id,
    over,
    headline: `${mark}  xdr-relay: ${message.title}`,
    summary: `xdr-relay: ${mark} ${message.title}`,
    text: message.text,
    facts: pages.length === 0 ? message.facts : message.facts.slice(0, -1),
    pages,
    searches: message.search === undefined ? [] : renderLinks(searches, message.search),
    since: message.since,
    until: message.until,
  };
}

/** Only the last fact is ours: the others name destinations and tables, and repeat what replies say. */
function runbookOf({ facts }: OperationalMessage): readonly Link[] {
  const last = facts.at(-1);
  if (last?.label !== RUNBOOK || !/^https?:\/\//.test(last.value) || !URL.canParse(last.value)) return [];
  return [{ label: RUNBOOK, url: new URL(last.value).href }];
}
