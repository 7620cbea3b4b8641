/** What people are told where a document of alerts was damaged, or removed while alerts waited in it. */
import type { LinkValues } from '../../alerts/links.ts';
import type { OperationalMessage } from '../../alerts/message.ts';
import { sha256Hex } from '../../shared/digest.ts';
import type { Entry } from './index-document.ts';
import { JOINS, OPERATIONAL } from './names.ts';

const HOUR_MS = 60 * 60_000;
/** Alerts of a document of which the index says nothing may have waited for so long. Milliseconds. */
const UNKNOWN_MS = 24 * HOUR_MS;
const RULE_LENGTH = 128;

export interface Damage {
  readonly destination: string;
  /** Within the folder of the destination. */
  readonly name: string;
  /** Names this damage: the same for all consumers that find it. */
  readonly version: string;
  /** What the index says of the document, if it is known. */
  readonly entry: Entry | undefined;
  /** The name under which the damaged document is kept; undefined where it was removed. */
  readonly keptAs: string | undefined;
  /** The content, as far as it is known. */
  readonly text: string;
  /** Whether the destination is a machine that is sent groups of alerts. */
  readonly isForMachines?: boolean;
  /** Alerts that can still be read, and will be told. */
  readonly saved: number;
}

/** @param now ms since the epoch. */
export function damageMessage(damage: Damage, now: number): OperationalMessage {
  const { destination, name, version, keptAs } = damage;
  const how = keptAs === undefined ? 'removed' : 'damaged';
  return {
    kind: 'operational',
    id: sha256Hex(`alerts-${how}\n${destination}\n${name}\n${version}`).slice(0, 32),
    phase: 'first',
    severity: 'high',
    ...(name === OPERATIONAL ? aboutMessages() : aboutAlerts(damage, how, now)),
    since: new Date(now).toISOString(),
  };
}

type Told = Pick<OperationalMessage, 'title' | 'text' | 'facts' | 'search'>;

function aboutAlerts(damage: Damage, how: string, now: number): Told {
  const { destination, name, entry, keptAs, text, saved, isForMachines } = damage;
  const rule = entry?.rule ?? ruleIn(text);
  const isJoins = name.startsWith(JOINS);
  const whose = rule ? `the rule "${rule.title}"` : isJoins ? "Defender's own alerts" : 'a rule';
  const lost = entry === undefined ? undefined : Math.max(0, entry.pending - saved);
  const count = lost === undefined ? 'Alerts' : lost === 1 ? '1 alert' : `${lost} alerts`;
  const from = (entry === undefined ? now - UNKNOWN_MS : Math.min(entry.due, entry.at, now)) - HOUR_MS;
  const search = searchFor(rule, from, now);
  return {
    title: lost === 0 ? `Alerts of ${whose} were at risk` : `${count} of ${whose} may not have been told`,
    text: `Something other than the relay ${how} the document in which alerts of ${whose} waited for ${isForMachines ? `the destination "${destination}", which is sent groups of them` : 'people'}. ${whatIsLeft(lost, saved)} Every alert that ${isForMachines ? 'another' : 'a'} destination for machines takes is there as a record: look there for what ${isForMachines ? 'this one was not sent' : 'people were not told'}, between the times below.`,
    facts: [
      ...(rule ? [{ label: 'Rule', value: rule.title }] : []),
      { label: 'From', value: search.from ?? '' },
      { label: 'To', value: search.to ?? '' },
      { label: 'Document', value: name },
      ...(keptAs === undefined ? [] : [{ label: 'Kept as', value: `documents/${keptAs}.json` }]),
    ],
    search,
  };
}

function whatIsLeft(lost: number | undefined, saved: number): string {
  const told = saved > 0 ? ` ${saved} can still be read, and are told.` : '';
  if (lost === undefined) return `It is not known how many waited.${told}`;
  if (lost === 0) return `By the index none is lost, but those of the last seconds may be.${told}`;
  return `By the index ${lost === 1 ? '1 is' : `${lost} are`} lost, and those of the last seconds may be.${told}`;
}

function aboutMessages(): Told {
  return {
    title: 'Messages about the relay may not have been told',
    text: 'Something other than the relay damaged the document in which messages about the relay itself waited. What can still be read is told. "xdr-relay status" and "xdr-relay doctor" say how the relay is now.',
    facts: [],
  };
}

function searchFor(rule: Entry['rule'], from: number, to: number): LinkValues {
  const seconds = (ms: number) => Math.floor(ms / 1000);
  const iso = (ms: number) => new Date(seconds(ms) * 1000).toISOString().replace('.000Z', 'Z');
  return {
    ...(rule && { rule: rule.title }),
    ...(rule?.id !== undefined && { rule_id: rule.id }),
    from: iso(from),
    to: iso(to),
    from_epoch: String(seconds(from)),
    to_epoch: String(seconds(to)),
  };
}

/** The rule that a document names near its beginning, even where it is not JSON any more. */
function ruleIn(text: string): Entry['rule'] {
  const [, quoted] = /"rule":("(?:[^"\\]|\\.){1,512}")/.exec(text.slice(0, 4_096)) ?? [];
  if (quoted === undefined) return undefined;
  try {
    const title: unknown = JSON.parse(quoted);
    return typeof title === 'string' ? { title: title.slice(0, RULE_LENGTH) } : undefined;
  } catch {
    return undefined;
  }
}
