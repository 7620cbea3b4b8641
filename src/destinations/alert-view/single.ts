/** One alert as a group of its own: for what goes out without being grouped. */
import { defenderOf } from '../../alerts/defender.ts';
import { entitiesOf } from '../../alerts/entities/index.ts';
import { type AlertMessage, ENTITY_KINDS } from '../../alerts/message.ts';
import type { Envelope } from '../../shared/event.ts';

/** The message on an alert that stands alone. Its group's id is the alert's, or its event's where no rule raised it. */
export function messageOfOne(envelope: Envelope): AlertMessage {
  const entities = entitiesOf(envelope);
  const defender = defenderOf(envelope);
  return {
    kind: 'alert',
    groupId: envelope.alertId ?? envelope.id,
    phase: 'first',
    scope: 'group',
    envelope,
    severity: envelope.severity,
    others: [],
    count: 1,
    firstTime: envelope.time,
    lastTime: envelope.time,
    groupedBy: [],
    ...(defender && { defender }),
    entities: ENTITY_KINDS.flatMap((kind) => {
      const first = entities.filter((entity) => entity.kind === kind);
      return first.length === 0 ? [] : [{ kind, first, more: 0 }];
    }),
  };
}
