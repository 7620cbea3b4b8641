/** Builds a destination from its entry in relay.yaml and the descriptor of its type, without the list of all types: all that types have in common. */
import { batchLimits } from './common.ts';
import type { DestinationDeps } from './deps.ts';
import type { Descriptor, MachineDescriptor, Sender } from './descriptor.ts';
import { DestinationRefusedError } from './errors.ts';
import type { DestinationConfig } from './list.ts';
import { openHttp } from './open-http.ts';
import { openMessenger } from './open-messenger.ts';
import { sayEach } from './people.ts';
import type { Destination } from './port.ts';
import { RECORDS } from './record.ts';
import { watchedMessenger, watchedSender } from './watched.ts';

/** What a destination is built from. */
export interface DestinationEntry {
  /** The entry's key in relay.yaml. */
  readonly name: string;
  readonly config: DestinationConfig;
  /** Of the type that `config` has. */
  readonly descriptor: Descriptor;
}

/**
 * Builds the destination of one entry of `destinations:` in relay.yaml.
 * Throws a {@link DestinationRefusedError} `no_files` or `no_sockets` where the type needs files or connections of its own and the host has
 * none.
 */
export function createDescribed(
  { name, config, descriptor }: DestinationEntry,
  deps: DestinationDeps,
): Destination {
  const { batch, concurrency } = descriptor.defaults;
  const limits = batchLimits(config, batch);
  const most = config.concurrency ?? concurrency;
  const common = {
    name,
    type: config.type,
    batch: descriptor.batch?.(config, limits) ?? limits,
    concurrency: most,
  };
  if (descriptor.audience === 'people') {
    const pace = deps.paces?.of(name);
    const opened = openMessenger(config, descriptor, { ...deps, ...(pace && { pace }) });
    const messenger = deps.replies ? watchedMessenger(name, opened, deps.replies) : opened;
    return {
      ...common,
      messenger,
      encoding: RECORDS,
      send: (items, signal) => sayEach(messenger, items, signal),
      close: () => messenger.close(),
    };
  }
  const made = senderOf(name, config, descriptor, { ...deps, connections: most });
  const sender = deps.replies ? watchedSender(name, made, deps.replies) : made;
  return {
    ...common,
    groupsAlerts: 'group_alerts' in config && config.group_alerts,
    ...('disable_after' in config &&
      config.disable_after !== 'never' && { disableAfterMs: config.disable_after }),
    encoding: descriptor.encode(config, config.shape ?? descriptor.shapeOf?.(config) ?? descriptor.shape),
    send: (items, signal) => sender.send(items, signal),
    ...ownWaysOf(sender),
    close: async () => sender.close?.(),
  };
}

/** What only some senders have. */
function ownWaysOf({ openPipeline, reaches }: Sender): Pick<Sender, 'openPipeline' | 'reaches'> {
  return { ...(openPipeline && { openPipeline }), ...(reaches && { reaches }) };
}

function senderOf(
  name: string,
  config: DestinationConfig,
  descriptor: MachineDescriptor,
  deps: DestinationDeps & { readonly connections: number },
): Sender {
  const { http, files, kafka, clock, retryAfterMaxMs, credentials, connections, replies } = deps;
  if (descriptor.needs === 'files') {
    if (files === undefined) {
      throw new DestinationRefusedError(
        'no_files',
        `destinations.${name}: this host has no files to write to`,
      );
    }
    return descriptor.send(config, { files });
  }
  if (descriptor.needs === 'sockets') {
    if (kafka === undefined) {
      throw new DestinationRefusedError(
        'no_sockets',
        `destinations.${name}: this host opens no connections of its own: ${descriptor.instead}`,
      );
    }
    return descriptor.send(config, { kafka, http, clock, concurrency: connections, retryAfterMaxMs });
  }
  const { client, deps: given } = openHttp(config, descriptor, connections, {
    http,
    clock,
    retryAfterMaxMs,
    ...(credentials && { credentials }),
    ...(replies && { replies }),
  });
  const sender = descriptor.send(config, given);
  return {
    send: (batch, signal) => sender.send(batch, signal),
    ...ownWaysOf(sender),
    async close() {
      await sender.close?.();
      await client.close();
    },
  };
}
