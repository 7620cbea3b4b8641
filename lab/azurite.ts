/** Runs Azurite, Microsoft's emulator of a storage account, as a child process. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { foreignCodeOf, RelayError } from '../src/shared/errors.ts';
import { startChild } from './process.ts';

/** Azurite's well-known development account; its key is public (Microsoft Learn, "Use the Azurite emulator"). */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** A running Azurite, with blob and queue service on loopback. */
export interface Azurite {
  readonly account: string;
  readonly blobEndpoint: string;
  readonly queueEndpoint: string;
  readonly connectionString: string;
  readonly blobPort: number;
  readonly queuePort: number;
  /** Its process, for what it costs. */
  readonly pid: number;
  /** Ends Azurite; with `SIGKILL`, like a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface AzuriteOptions {
  /** The folder for its data; without one, data is kept in memory. */
  readonly location?: string;
  /** 0 for any free port. For a restart, pass the ports of before. */
  readonly blobPort?: number;
  readonly queuePort?: number;
  /** Its environment; by default this process's own. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Starts Azurite as a child process and resolves when both services listen. It ends with this process. Throws a RelayError
 * `emulator_missing` where it is not installed: beside this code, or in the working directory.
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const addresses = listening();
  const main = findAzurite();
  const child = startChild({
    name: 'Azurite',
    args: [
      main,
      '--silent',
      '--skipApiVersionCheck',
      '--disableTelemetry',
      ...['--blobPort', String(options.blobPort ?? 0), '--queuePort', String(options.queuePort ?? 0)],
      ...['--tablePort', '0'],
      ...(options.location === undefined ? ['--inMemoryPersistence'] : ['--location', options.location]),
    ],
    onLine: (line) => addresses.read(line),
    ...(options.env && { env: options.env }),
  });
  const [blobEndpoint, queueEndpoint] = await Promise.race([addresses.known, child.ended]);
  const blob = `${blobEndpoint}/${ACCOUNT}`;
  const queue = `${queueEndpoint}/${ACCOUNT}`;
  return {
    account: ACCOUNT,
    blobEndpoint: blob,
    queueEndpoint: queue,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${blob};QueueEndpoint=${queue};`,
    blobPort: Number(new URL(blobEndpoint).port),
    queuePort: Number(new URL(queueEndpoint).port),
    pid: child.pid ?? 0,
    async stop(signal) {
      await child.stop(signal);
    },
  };
}

function findAzurite(): string {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from).resolve('azurite/dist/src/azurite.js');
    } catch (error) {
      if (foreignCodeOf(error) !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  throw new RelayError(
    'emulator_missing',
    'Azurite, the emulator of a storage account, is not installed: "npm install azurite" installs it',
  );
}

/** Parses Azurite's output for the addresses of its services. */
function listening() {
  const found = new Map<string, string>();
  const known = Promise.withResolvers<readonly [string, string]>();
  return {
    known: known.promise,
    read(line: string) {
      const [, service, address] =
        /(Blob|Queue|Table) service is successfully listening at (\S+)/.exec(line) ?? [];
      if (service !== undefined && address !== undefined) found.set(service, address);
      const [blob, queue, table] = ['Blob', 'Queue', 'Table'].map((name) => found.get(name));
      if (blob !== undefined && queue !== undefined && table !== undefined) known.resolve([blob, queue]);
    },
  };
}
