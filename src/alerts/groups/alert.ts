/** What is folded: one alert, and what arrives later about an alert. */
import type { Envelope, Level } from '../../shared/event.ts';
import type { DefenderAlert, Entity, OtherRule } from '../message.ts';
import type { StoredDefender } from './state.ts';

/** When alerts become one message. Milliseconds. */
export interface Times {
  /** A group ends so long after its first alert. */
  readonly windowMs: number;
  /** At most one message on a group in this time, after the first. */
  readonly repeatMs: number;
}

/** A column with the value that the alerts of a group have in common. */
export interface GroupedValue {
  readonly column: string;
  readonly value: string;
}

/** One alert: one event, or one alert of Defender, whatever number of rules matched it. */
export interface Alert {
  /**
   * Names this reading of this alert: equal when a crash makes the relay read the same row again, and different for another alert, for
   * the same row in a rewritten blob, and for a replay. `OCCURRENCE_LENGTH` characters of base64url.
   */
  readonly occurrence: string;
  /** What the destination's lane encoded, under the rule of the highest severity. It is cut when a group keeps it. */
  readonly envelope: Envelope;
  readonly severity: Level | undefined;
  /** The other rules that matched the event, highest severity first. */
  readonly others: readonly OtherRule[];
  readonly entities: readonly Entity[];
  readonly defender?: DefenderAlert;
  /** The values by which it is grouped. */
  readonly groupedBy: readonly GroupedValue[];
  /** `off`: the alert is a message of its own. */
  readonly times: Times | 'off';
}

/** Everything that is known by now of an alert that a group has: from rows of AlertEvidence, and of AlertInfo. */
export interface Evidence {
  readonly entities: readonly Entity[];
  readonly defender: StoredDefender;
}
