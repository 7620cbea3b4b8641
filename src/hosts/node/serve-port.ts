/** A port whose application changes with relay.yaml. */
import type { Server } from 'node:http';
import type { createHttpApp } from '../endpoint.ts';
import type { LoadedConfig } from './config-file.ts';
import { listen } from './listen.ts';
import type { Reloadable } from './reload/reloader.ts';

/** relay.yaml, and every secret value in it. */
export type Loaded = Pick<LoadedConfig, 'config' | 'secrets'>;

/** One port, whose application is another one after a change of relay.yaml. The port itself stays as it was at the start. */
export interface PortServer extends Reloadable {
  readonly server: Server;
}

export type Application = ReturnType<typeof createHttpApp>;

/** Listens, and serves what `make` makes of the configuration in force. @param make throws what cannot be served. */
export async function servePort(
  make: (loaded: Loaded) => Application,
  loaded: Loaded,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<PortServer & { readonly port: number }> {
  let app = make(loaded);
  const listening = await listen((request, address) => app.fetch(request, { address }), host, port);
  return {
    ...listening,
    async prepare(next) {
      const made = make(next);
      return {
        async apply() {
          app = made;
        },
        drop: async () => {},
      };
    },
  };
}
