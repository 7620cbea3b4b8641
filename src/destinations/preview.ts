/** What a destination for people would be sent for an alert: made by its own messenger, whose requests go nowhere. */
import { systemClock } from '../shared/clock.ts';
import { type Envelope, LEVELS, type Level } from '../shared/event.ts';
import { messageOfOne } from './alert-view/single.ts';
import { createMessenger } from './create-messenger.ts';
import type { HttpClient } from './http.ts';
import { DESTINATIONS, type DestinationConfig, destinationSchema } from './list.ts';
import { parsedJson } from './reply.ts';

export interface Preview {
  /** The body of the request, parsed. */
  readonly body: unknown;
  /** The message as text for a terminal; undefined where the type has no way to show it. */
  readonly text: string | undefined;
}

/** The types of destinations for people, whose messages can be shown. */
export const PREVIEWED: readonly string[] = DESTINATIONS.flatMap((one) =>
  one.audience === 'people' ? [one.type] : [],
);

/**
 * Renders the first message on an alert.
 *
 * @param type one of {@link PREVIEWED}.
 * @param envelopes one event under each rule that it matched, at least one.
 * @param links `links:` of relay.yaml.
 */
export async function previewMessage(
  type: string,
  envelopes: readonly Envelope[],
  links: Readonly<Record<string, string>>,
): Promise<Preview | undefined> {
  const descriptor = DESTINATIONS.find((one) => one.type === type);
  if (descriptor?.audience !== 'people') return undefined;
  const [first, ...others] = envelopes.toSorted((a, b) => rank(b.severity) - rank(a.severity));
  if (first === undefined) return undefined;
  const message = {
    ...messageOfOne(first),
    others: others.flatMap(({ rule, severity }) => (rule ? [{ rule, severity }] : [])),
  };
  let body: string | undefined;
  const nowhere: HttpClient = {
    async send(request) {
      body ??= typeof request.body === 'string' ? request.body : new TextDecoder().decode(request.body);
      return { status: 200, header: () => undefined, cookies: [], body: 'ok' };
    },
    async close() {},
  };
  const config: DestinationConfig = destinationSchema.parse(descriptor.least);
  const deps = { http: () => nowhere, clock: systemClock, retryAfterMaxMs: 0, links };
  const messenger = createMessenger(config, deps);
  // Not every product accepts with `ok`: what it was sent is known all the same.
  await messenger?.say(message, undefined, new AbortController().signal).catch((thrown: unknown) => {
    if (body === undefined) throw thrown;
  });
  const parsed = body === undefined ? undefined : parsedJson(body);
  return { body: parsed, text: descriptor.readable?.(parsed) };
}

function rank(severity: Level | undefined): number {
  return severity === undefined ? -1 : LEVELS.indexOf(severity);
}
