/**
 * One alert as an analyst reads it, in the order in which a person woken by it asks: what and how bad, where and who, what
 * matched, the command line, what the rule is about, where to click. Nothing is escaped or cut: each destination does so for
 * its own format, since every string here but the links may be chosen by an attacker.
 */
import type { Envelope } from '../../shared/event.ts';
import { type Link, portalLinks, type Tag, tagLink } from './links.ts';
import { answer, type Question, textOf } from './questions.ts';
import { severityMark, titleOf } from './title.ts';

/** A label of ours and a value from the row. */
export interface Fact {
  readonly label: string;
  readonly value: string;
}

export interface AlertView {
  /** Severity mark and title. */
  readonly headline: string;
  /** For notifications: severity mark, title and device in one line. */
  readonly summary: string;
  /** As the row has it: ISO 8601 mostly. */
  readonly time: string;
  readonly table: string;
  /** What of the usual questions the row answers, at most 8. */
  readonly facts: readonly Fact[];
  /** Columns and values that the rule matched, at most 12; `moreMatched` is how many it matched besides. */
  readonly matched: readonly Fact[];
  readonly moreMatched: number;
  readonly commandLine: string | undefined;
  /** Of the rule. */
  readonly description: string | undefined;
  /** At most 6. */
  readonly falsePositives: readonly string[];
  /** At most 12. */
  readonly tags: readonly Tag[];
  /** Into Defender's portal. */
  readonly links: readonly Link[];
  readonly ruleId: string | undefined;
  readonly eventId: string;
}

const FACTS: readonly (readonly [string, Question])[] = [
  ['Device', 'device'],
  ['User', 'user'],
  ['Process', 'process'],
  ['Started by', 'parent'],
  ['Remote', 'remote'],
  ['Sender', 'sender'],
  ['Recipient', 'recipient'],
  ['Subject', 'subject'],
  ['Application', 'application'],
  ['Registry key', 'registry'],
];
const MOST_FACTS = 8;
const MOST_MATCHES = 12;
const MOST_FALSE_POSITIVES = 6;
const MOST_TAGS = 12;

/** The view of an alert; an event without a rule is shown in short. */
export function alertView(envelope: Envelope): AlertView {
  const { event, rule } = envelope;
  const title = titleOf(envelope);
  const mark = severityMark(envelope.severity);
  const device = answer(event, 'device');
  const matched = rule?.matched ?? [];
  return {
    headline: mark === '' ? title : `${mark}  ${title}`,
    summary: [mark, title, device && `on ${device}`].filter((part) => part).join(' '),
    time: envelope.time,
    table: envelope.table,
    facts: factsOf(envelope),
    matched: matched
      .slice(0, MOST_MATCHES)
      .map(({ column, value }) => ({ label: column, value: textOf(value) })),
    moreMatched: Math.max(0, matched.length - MOST_MATCHES),
    commandLine: answer(event, 'commandLine'),
    description: rule?.description,
    falsePositives: (rule?.falsepositives ?? [])
      .filter((text) => text.trim() !== '')
      .slice(0, MOST_FALSE_POSITIVES),
    tags: (rule?.tags ?? []).slice(0, MOST_TAGS).map(tagLink),
    links: portalLinks(envelope),
    ruleId: rule?.id,
    eventId: envelope.id,
  };
}

function factsOf({ event }: Envelope): readonly Fact[] {
  const facts: Fact[] = [];
  const seen = new Set<string>();
  for (const [label, question] of FACTS) {
    const value = answer(event, question);
    // For most tables process and parent are the same column: once is enough.
    if (value === undefined || (question === 'parent' && seen.has(value))) continue;
    seen.add(value);
    facts.push({ label, value });
  }
  return facts.slice(0, MOST_FACTS);
}
