/** Identifies the rows of received events and messages, as far as their formats allow. */
import { isObject } from './json.ts';

/** The place and the event id of a row; empty, or -1 for the offset, if the event does not contain them. */
export interface Arrived {
  readonly blob: string;
  readonly offset: number;
  readonly id: string;
  /** For an alert, the rule's title. */
  readonly rule?: string;
}

/** Identifies the row of a HEC event by its index-time fields. */
export function arrivedInHec(event: unknown): Arrived {
  const { fields } = isObject(event) ? event : {};
  const { blob, offset, event_id: id, rule_title: rule } = isObject(fields) ? fields : {};
  return arrived({ blob, offset, id, rule });
}

/** Identifies the row of a record, which webhooks receive: an event's id is the row's, an alert names the row beside its own. */
export function arrivedInEnvelope(event: unknown): Arrived {
  const { source, id, event_id: ofRow = id, rule: of } = isObject(event) ? event : {};
  const { blob, offset } = isObject(source) ? source : {};
  return arrived({ blob, offset, id: ofRow, rule: isObject(of) ? of.title : undefined });
}

/** The event id in a message's text, as Slack and Teams show it; empty if there is none. */
export function eventIdIn(text: string): string {
  return /event `?([0-9a-f]{32})/.exec(text)?.[1] ?? '';
}

function arrived({ blob, offset, id, rule }: Readonly<Record<keyof Arrived, unknown>>): Arrived {
  return {
    blob: typeof blob === 'string' ? blob : '',
    offset: typeof offset === 'number' ? offset : -1,
    id: typeof id === 'string' ? id : '',
    ...(typeof rule === 'string' ? { rule } : {}),
  };
}
