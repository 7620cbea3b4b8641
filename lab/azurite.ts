import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';

/** Azurite's well-known development account; its key is public (Microsoft Learn, "Use the Azurite emulator"). */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** A running Azurite: blob and queue service on loopback. */
export interface Azurite {
  readonly account: string;
  readonly blobEndpoint: string;
  readonly queueEndpoint: string;
  readonly connectionString: string;
  readonly blobPort: number;
  readonly queuePort: number;
  /** Ends it; `SIGKILL` as a crash would. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface AzuriteOptions {
  /** Folder for its data; in memory where left out. */
  readonly location?: string;
  /** 0: any free port. A restart gives the ports it had. */
  readonly blobPort?: number;
  readonly queuePort?: number;
  /** Its environment; this process's own where left out. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Starts Azurite as a child process and resolves when both services listen. It ends with this process. */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/azurite.js');
  const child = spawn(
    process.execPath,
    [
      main,
      '--silent',
      '--skipApiVersionCheck',
      '--disableTelemetry',
      '--blobPort',
      String(options.blobPort ?? 0),
      '--queuePort',
      String(options.queuePort ?? 0),
      '--tablePort',
      '0',
      ...(options.location === undefined ? ['--inMemoryPersistence'] : ['--location', options.location]),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], ...(options.env && { env: options.env }) },
  );
  const endWithUs = () => child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));

  const [blobEndpoint, queueEndpoint] = await listening(child);
  const blob = `${blobEndpoint}/${ACCOUNT}`;
  const queue = `${queueEndpoint}/${ACCOUNT}`;
  return {
    account: ACCOUNT,
    blobEndpoint: blob,
    queueEndpoint: queue,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY};BlobEndpoint=${blob};QueueEndpoint=${queue};`,
    blobPort: Number(new URL(blobEndpoint).port),
    queuePort: Number(new URL(queueEndpoint).port),
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    },
  };
}

function listening(child: ChildProcess): Promise<readonly [string, string]> {
  return new Promise((resolve, reject) => {
    let output = '';
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const blob = /Blob service is successfully listening at (\S+)/.exec(output)?.[1];
      const queue = /Queue service is successfully listening at (\S+)/.exec(output)?.[1];
      const table = /Table service is successfully listening/.test(output);
      if (blob && queue && table) resolve([blob, queue]);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Azurite ended with code ${code}: ${output.slice(-500)}`)));
  });
}
