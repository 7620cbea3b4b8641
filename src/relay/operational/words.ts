/** How people are told of each kind of trouble. */
import { type OperationalMessage, RUNBOOK } from '../../alerts/message.ts';
import type { Level } from '../../shared/event.ts';
import type { Kind, Sight, Trouble } from './trouble.ts';

/** What a trouble is about. */
interface Subjects {
  /** `splunk, hook and 3 more`. */
  readonly list: string;
  /** The verb for so many. */
  readonly are: 'is' | 'are';
}

interface Words {
  readonly severity: Level;
  /** Whether it must last for a while before people hear of it, and be over for as long: it may come and go by itself. */
  readonly settles: boolean;
  readonly runbook: string;
  begin(subjects: Subjects, sights: readonly Sight[]): { readonly title: string; readonly text: string };
  end(subjects: Subjects): { readonly title: string; readonly text: string };
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
    begin: ({ list, are }, sights) => ({
      title: `${list} ${are} out of service`,
      text: outageText(sights),
    }),
    end: ({ list, are }) => ({
      title: `${list} ${are} in service again`,
      text: 'Deliveries succeed again, and what has waited is being delivered.',
    }),
  },
  disabled: {
    severity: 'high',
    settles: false,
    runbook: 'a-destination-is-disabled',
    begin: ({ list, are }) => ({
      title: `${list} ${are} disabled`,
      text: 'It has refused everything for days, for a reason that does not pass by itself, so it is no longer tried. Rows wait in their blobs until the storage account deletes the blobs. Mend the reason; "xdr-relay destinations enable" then goes on where it stopped.',
    }),
    end: ({ list, are }) => ({
      title: `${list} ${are} enabled again`,
      text: 'Its rows are sent again from where it stopped.',
    }),
  },
  rules: {
    severity: 'high',
    settles: true,
    runbook: 'broken-rules',
    begin: () => ({
      title: 'the new rules were refused',
      text: 'The rule files have mistakes, are too large or cannot be read, so they did not come into force. Hosts go on with the rules they had; a host that had none delivers nothing until the files are mended, and its rows wait in their blobs. "xdr-relay rules check" shows each mistake with its place.',
    }),
    end: () => ({
      title: 'the rule files are in force again',
      text: 'No host refuses the rule files any more.',
    }),
  },
  dead_letters: {
    severity: 'medium',
    settles: false,
    runbook: 'dead-letters',
    begin: ({ list }) => ({
      title: `new dead letters: ${list}`,
      text: 'Rows or messages were refused for good and stored as dead letters. Each is kept with the reason: "xdr-relay dead-letters list" shows them, and "xdr-relay dead-letters redrive" sends them again once the reason is gone.',
    }),
    end: ({ list }) => ({
      title: `no new dead letters any more: ${list}`,
      text: 'No dead letter of the last 24 hours is left: they were sent again or removed, or no new ones came. "xdr-relay dead-letters list" shows older ones.',
    }),
  },
  silent_table: {
    severity: 'medium',
    settles: false,
    runbook: 'a-table-is-silent',
    begin: ({ list, are }) => ({
      title: `${list} ${are} silent`,
      text: "Defender has written nothing to the table for longer than its usual pauses. Rules on it see nothing meanwhile. Check that the table is still chosen in Defender's Streaming API settings, and that the product that fills it still reports.",
    }),
    end: ({ list, are }) => ({
      title: `${list} ${are} written again`,
      text: 'Defender writes the table again.',
    }),
  },
};

/** An outage has one message, whatever the destinations that it is about are for. */
function outageText(sights: readonly Sight[]): string {
  const isPeople = ({ waitsIn }: Sight) => waitsIn === 'state';
  const forMachines = sights.some((sight) => !isPeople(sight));
  const forPeople = sights.some(isPeople);
  return [
    'Deliveries fail from every consumer.',
    forMachines &&
      'Nothing is lost: rows wait in their blobs until they are accepted, or until the storage account deletes the blobs.',
    forPeople &&
      `${forMachines ? 'For people, alerts' : 'Nothing is lost: alerts'} wait in the state container and are told when messages are accepted again; a message that fails for a day becomes a dead letter.`,
    'Other destinations go on. "xdr-relay status" says how much waits.',
  ]
    .filter((sentence) => sentence !== false)
    .join(' ');
}

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
    ...words.begin(
      subjectsOf(subjects),
      sights.map(([, sight]) => sight),
    ),
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
    ...words.end(subjectsOf(subjects)),
    facts: [runbookOf(words, runbooks)],
    since: new Date(since).toISOString(),
    until: new Date(Math.max(since, until)).toISOString(),
  };
}

/** The last fact of each message. */
function runbookOf({ runbook }: Words, runbooks = ''): OperationalMessage['facts'][number] {
  return { label: RUNBOOK, value: cut(`${runbooks}docs/operations.md#${runbook}`, 1_000) };
}

function subjectsOf(subjects: readonly string[]): Subjects {
  const shown = cut(subjects.slice(0, MOST_NAMED).join(', '), MOST_LIST);
  const more = subjects.length - MOST_NAMED;
  return {
    list: more > 0 ? `${shown} and ${more} more` : shown,
    are: subjects.length === 1 ? 'is' : 'are',
  };
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1).toWellFormed()}…`;
}
