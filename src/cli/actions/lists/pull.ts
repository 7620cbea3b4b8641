/** Pulls the list feeds of relay.yaml. */
import { redact } from '../../../config/redact.ts';
import { secretValues } from '../../../config/secrets.ts';
import { suggest } from '../../../diagnostics/nearest.ts';
import { nodeHttpClient } from '../../../hosts/node/http.ts';
import { listStoreOf } from '../../../hosts/node/pull-lists.ts';
import { type Pulled, pullFeed } from '../../../relay/list-feeds/pull.ts';
import { type PullOutcome, recordPulls } from '../../../relay/rule-sets/feed-records.ts';
import { messageOf } from '../../../shared/errors.ts';
import { plural } from '../../../shared/readable.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { visible } from '../../text.ts';
import { UsageError } from '../../usage-error.ts';
import { type Opened, openPorts } from '../open.ts';

export interface PullListsOptions {
  readonly config: string;
  /** Empty: all feeds. */
  readonly names: readonly string[];
}

/** `lists pull`: fetches the feeds one after the other. Exits with 1 if one of them fails; the others are pulled all the same. */
export async function pullLists(
  { config: file, names }: PullListsOptions,
  out: Output,
  signal: AbortSignal,
): Promise<ExitCode> {
  const opened = await openPorts(file);
  const { config, ports } = opened;
  const feeds = Object.entries(config.list_feeds);
  for (const name of names) {
    if (Object.hasOwn(config.list_feeds, name)) continue;
    const hint = suggest(name, Object.keys(config.list_feeds)) ?? 'add it under list_feeds';
    throw new UsageError('unknown_list', `relay.yaml has no feed "${visible(name)}": ${hint}`);
  }
  const meant = feeds.filter(([name]) => names.length === 0 || names.includes(name));
  if (meant.length === 0) {
    out.print('relay.yaml has no list_feeds');
    return EXIT.ok;
  }
  const deps = { store: listStoreOf(config, opened.directory), http: nodeHttpClient, clock: ports.clock };
  const hide = (text: string) => redact(text, secretValues(config));
  const outcomes: PullOutcome[] = [];
  for (const [name, feed] of meant) {
    signal.throwIfAborted();
    try {
      out.print(`${name}: ${textOf(await pullFeed(name, feed, deps, signal))}`);
      outcomes.push({ list: name, failure: undefined });
    } catch (error) {
      signal.throwIfAborted();
      const failure = hide(messageOf(error));
      out.note(`${name}: ${visible(failure)}`);
      outcomes.push({ list: name, failure });
    }
  }
  await record(opened, outcomes, out);
  return outcomes.some(({ failure }) => failure !== undefined) ? EXIT.failed : EXIT.ok;
}

function textOf(pulled: Pulled): string {
  if (pulled.kind === 'unchanged') return `unchanged, ${plural(pulled.entries, 'entry', 'entries')}`;
  const dropped = pulled.dropped === 0 ? '' : `, ${plural(pulled.dropped, 'value')} left out`;
  return `${plural(pulled.entries, 'entry', 'entries')} written to ${pulled.path}${dropped}`;
}

/** The state need not be in reach where lists are pulled: then only `max_age` tells of feeds that fail. */
async function record(
  { config, ports }: Opened,
  outcomes: readonly PullOutcome[],
  out: Output,
): Promise<void> {
  try {
    await recordPulls(ports.documents, outcomes, {
      configured: Object.keys(config.list_feeds),
      now: ports.clock.now(),
    });
  } catch (error) {
    out.note(`status and metrics do not know of this pull: ${messageOf(error)}`);
  }
}
