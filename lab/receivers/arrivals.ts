/** Which row an event or a message that a receiver took is: as far as the format says it. */
import { isObject } from './json.ts';
import type { PostedMessage } from './slack.ts';

/** Where the row lies, and its event id; empty, and -1, where the event does not say it. */
export interface Arrived {
  readonly blob: string;
  readonly offset: number;
  readonly id: string;
  /** The rule's title, of an alert. */
  readonly rule?: string;
}

/** Index-time fields of a HEC event say where its row is in the blob. */
export function arrivedInHec(event: unknown): Arrived {
  const { fields } = isObject(event) ? event : {};
  const { blob, offset, event_id: id, rule_title: rule } = isObject(fields) ? fields : {};
  return arrived({ blob, offset, id, rule });
}

/** An event in the relay's own envelope, as webhooks get it. */
export function arrivedInEnvelope(event: unknown): Arrived {
  const { source, id, rule: of } = isObject(event) ? event : {};
  const { blob, offset } = isObject(source) ? source : {};
  return arrived({ blob, offset, id, rule: isObject(of) ? of.title : undefined });
}

/** Every Slack message ends with the id of its event. */
export function eventIdOf(message: Pick<PostedMessage, 'blocks'>): string {
  return eventIdIn(JSON.stringify(message.blocks.at(-1) ?? ''));
}

/** The id of the event that a message's text names, as Slack and Teams show it; empty where it names none. */
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
