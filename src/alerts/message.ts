/** What the relay says to people: an alert, what was added to it since, and a trouble of the relay itself. Plain data that every destination for people renders. */
import type { Envelope, Level, RuleRef } from '../shared/event.ts';
import type { LinkValues } from './links.ts';

/** What an alert is about: one thing that a row or a Defender alert names. */
export const ENTITY_KINDS = [
  'host',
  'user',
  'process',
  'file',
  'address',
  'url',
  'mail',
  'cloud_app',
  'cloud_resource',
  'registry_key',
] as const;
export type EntityKind = (typeof ENTITY_KINDS)[number];

/** One entity. Its strings come from rows, so an attacker may have chosen them. */
export interface Entity {
  readonly kind: EntityKind;
  /** What people call it: a host name, an account, a path, an address. Never empty; at most 512 characters. */
  readonly name: string;
  /** The id by which Defender's portal knows it (device id, Entra object id, SHA-1 or SHA-256, NetworkMessageId), where the row has one. */
  readonly id?: string;
  /** The column that names it, as Defender calls it: `FileName` is what ran, `InitiatingProcessFileName` what started it. */
  readonly column?: string;
}

/** Entities of one kind in a group of alerts: the first few, and how many there are besides. */
export interface EntityList {
  readonly kind: EntityKind;
  readonly first: readonly Entity[];
  /** Further distinct entities that are not in `first`; a lower bound once it reaches the limit of what is remembered. */
  readonly more: number;
}

/** What Defender itself says of its alert: the columns of AlertInfo, joined with AlertEvidence by AlertId. */
export interface DefenderAlert {
  readonly alertId: string;
  readonly title?: string;
  readonly category?: string;
  /** As Defender writes it: High, Medium, Low, Informational. */
  readonly severity?: string;
  readonly serviceSource?: string;
  readonly detectionSource?: string;
  /** As in `AttackTechniques`: `Data Encrypted for Impact (T1486)`. */
  readonly techniques: readonly string[];
  /** Rows of AlertEvidence that have arrived so far. */
  readonly evidence: number;
}

/** Another rule that matched the same event. */
export interface OtherRule {
  readonly rule: Pick<RuleRef, 'id' | 'title'>;
  readonly severity: Level | undefined;
}

/** Where in the life of a group a message stands. */
export type Phase = 'first' | 'update' | 'end';

/** A column, and values of it of which every alert of a group has one, in any letter case. */
export interface CommonColumn {
  readonly column: string;
  /** At most 20, each of at most 100 characters. */
  readonly values: readonly string[];
}

/** One group of equal alerts, as it stands now. A group of one alert is the ordinary case. */
export interface AlertMessage {
  readonly kind: 'alert';
  /** The same for all messages on the group; PagerDuty's `dedup_key`. 32 lower-case hex digits. */
  readonly groupId: string;
  readonly phase: Phase;
  /** `rule`: the rule opened too many groups, and this message stands for all further ones. */
  readonly scope: 'group' | 'rule';
  /** The group's first alert. Its long strings may have been cut. */
  readonly envelope: Envelope;
  /** The highest severity in the group. */
  readonly severity: Level | undefined;
  /** Other rules that matched the first alert's event, highest severity first. */
  readonly others: readonly OtherRule[];
  /** Alerts in the group so far, at least 1. */
  readonly count: number;
  /** The earliest and the latest time of the group's events, ISO 8601. */
  readonly firstTime: string;
  readonly lastTime: string;
  /** The columns that the group's alerts have in common, with their values. Empty where alerts are not grouped. */
  readonly groupedBy: readonly { readonly column: string; readonly value: string }[];
  /** The tables of the group's alerts; empty where they are too many. Absent where that is not known, and for a single alert: that of `envelope`. */
  readonly tables?: readonly string[];
  /** What all alerts of the group have in common besides. Absent where that is not known. */
  readonly common?: readonly CommonColumn[];
  /** Of all alerts of the group, in the order of ENTITY_KINDS; kinds without entities are absent. */
  readonly entities: readonly EntityList[];
  /** Of `entities`, those that the last message on the group did not know. Absent in the first message, and where that is not known. */
  readonly added?: readonly EntityList[];
  /** Absent where no row of AlertInfo or AlertEvidence is in the group. */
  readonly defender?: DefenderAlert;
}

/** The label of the last fact of a trouble: where to read what to do. It is an address, or a path in this project's docs. */
export const RUNBOOK = 'Runbook';

/** A trouble of the relay itself, or its end. */
export interface OperationalMessage {
  readonly kind: 'operational';
  /** The same for the beginning and the end of one trouble. */
  readonly id: string;
  readonly phase: Exclude<Phase, 'update'>;
  readonly severity: Level;
  /** One line; `xdr-relay:` stands before it. */
  readonly title: string;
  /** What happened, what it means and what to do, in plain sentences. */
  readonly text: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  /** When it began, and for `end` when it was over. ISO 8601. */
  readonly since: string;
  readonly until?: string;
  /** What the links of relay.yaml are to look for; absent where there is nothing to look for. */
  readonly search?: LinkValues;
}

export type Message = AlertMessage | OperationalMessage;
