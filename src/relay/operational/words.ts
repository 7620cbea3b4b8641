/** How people are told of each kind of trouble. */
import type { OperationalMessage } from '../../alerts/message.ts';
import type { Level } from '../../shared/event.ts';
import type { Kind, Sight, Trouble } from './trouble.ts';

interface Words {
  readonly severity: Level;
  /** Whether it must last for a while before people hear of it, and be over for as long: it may come and go by itself. */
  readonly settles: boolean;
  readonly runbook: string;
  begin(subjects: string): { readonly title: string; readonly text: string };
  end(subjects: string): { readonly title: string; readonly text: string };
}

/** The longest title, detail and list of subjects. Characters. */
const MOST_LIST = 200;
const MOST_DETAIL = 200;
const MOST_NAMED = 5;

export const KINDS: Readonly<Record<Kind, Words>> = {
  destination: {
    severity: 'high',
    settles: true,
    runbook: 'a-destination-is-out-of-service',
    begin: (subjects) => ({
      title: `${subjects}: out of service`,
      text: 'The destination accepts nothing from any consumer. Nothing is lost: its rows wait in their blobs until it accepts them, or until the storage account deletes the blobs. Other destinations go on. "xdr-relay status" says how much waits.',
    }),
    end: (subjects) => ({
      title: `${subjects}: in service again`,
      text: 'The destination accepts rows again, and receives what has waited.',
    }),
  },
  rules: {
    severity: 'high',
    settles: true,
    runbook: 'broken-rules',
    begin: () => ({
      title: 'The new rules were refused',
      text: 'The changed rule files have mistakes, so they did not come into force. The relay goes on with the rules from before; a host that has none evaluates no row. "xdr-relay rules check" shows each mistake with its place.',
    }),
    end: () => ({
      title: 'The rules are in force again as they are written',
      text: 'Every host has loaded the rule files without a mistake.',
    }),
  },
  dead_letters: {
    severity: 'medium',
    settles: false,
    runbook: 'dead-letters',
    begin: (subjects) => ({
      title: `Dead letters: ${subjects}`,
      text: 'Rows were stored as dead letters instead of being delivered. "xdr-relay dead-letters list" says which and why, "xdr-relay dead-letters redrive" sends them again.',
    }),
    end: (subjects) => ({
      title: `No new dead letters: ${subjects}`,
      text: 'None of the last 24 hours is left: they were sent again or removed, or no new ones came. "xdr-relay dead-letters list" shows older ones.',
    }),
  },
  silent_table: {
    severity: 'medium',
    settles: false,
    runbook: 'a-table-is-silent',
    begin: (subjects) => ({
      title: `Silent: ${subjects}`,
      text: 'Defender has not written the table for longer than it usually pauses. Check that it is still chosen in the Streaming API item of Defender, and that the product which fills it reports. Until then its detections see nothing.',
    }),
    end: (subjects) => ({
      title: `Written again: ${subjects}`,
      text: 'Defender writes the table again.',
    }),
  },
};

/** Tells that subjects are in trouble. */
export function messageOnBegin(
  { id, kind, subjects, since }: Trouble,
  sights: readonly (readonly [string, Sight])[],
  runbooks: string | undefined,
): OperationalMessage {
  const words = KINDS[kind];
  const facts = sights
    .slice(0, MOST_NAMED)
    .map(([subject, { detail }]) => ({ label: subject.slice(0, 100), value: cut(detail, MOST_DETAIL) }));
  return {
    kind: 'operational',
    id,
    phase: 'first',
    severity: words.severity,
    ...words.begin(listOf(subjects)),
    facts: [...facts, runbookOf(words, runbooks)],
    since: new Date(since).toISOString(),
  };
}

/** Tells that a trouble is over. @param until since when, ms since the epoch. */
export function messageOnEnd(
  { id, kind, subjects, since }: Trouble,
  until: number,
  runbooks: string | undefined,
): OperationalMessage {
  const words = KINDS[kind];
  return {
    kind: 'operational',
    id,
    phase: 'end',
    severity: words.severity,
    ...words.end(listOf(subjects)),
    facts: [runbookOf(words, runbooks)],
    since: new Date(since).toISOString(),
    until: new Date(Math.max(since, until)).toISOString(),
  };
}

function runbookOf({ runbook }: Words, runbooks = ''): OperationalMessage['facts'][number] {
  return { label: 'Runbook', value: cut(`${runbooks}docs/operations.md#${runbook}`, 1_000) };
}

function listOf(subjects: readonly string[]): string {
  const shown = cut(subjects.slice(0, MOST_NAMED).join(', '), MOST_LIST);
  const more = subjects.length - MOST_NAMED;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}
