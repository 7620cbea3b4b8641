/** Starts `xdr-relay serve` as a child process, as a person or Kubernetes would. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Child, type ChildOptions, freePort, startChild, untilReady } from './process.ts';

/** The command that is started: what the tests have built, or else that of the clone, from its sources. */
export const COMMAND =
  process.env.XDR_RELAY_LAB_COMMAND ?? fileURLToPath(new URL('../bin/xdr-relay.js', import.meta.url));
/** Only a start that hangs takes so long. test/long, which may run beside other work, says more: vitest.long.config.ts. */
const READY_WITHIN_MS = Number(process.env.XDR_RELAY_LAB_READY_MS ?? 60_000);
const MOST_TRIES = 3;

export interface ServeOptions extends Pick<ChildOptions, 'logFile' | 'stamp' | 'onLine' | 'ownGroup'> {
  /** The path of relay.yaml. */
  readonly configFile: string;
  /** Variables to add to this process's environment, such as those that relay.yaml names. */
  readonly env: NodeJS.ProcessEnv;
  /** Further arguments, such as `--no-endpoint`. */
  readonly args?: readonly string[];
  /** Whether its console listens on a free port too, in place of that of relay.yaml. */
  readonly hasConsole?: boolean;
  /** Path of the command, where it is not that of the clone: what `npm run build` made. */
  readonly command?: string;
}

/** A `serve` that is ready. */
export interface ServeProcess {
  /** `http://127.0.0.1:<port>`: the endpoint; nothing listens there with `--no-endpoint`. */
  readonly url: string;
  /** `http://127.0.0.1:<port>`: metrics and readiness. */
  readonly monitoring: string;
  /** `http://127.0.0.1:<port>/console/`; nothing listens there without `hasConsole`. */
  readonly console: string;
  readonly child: Child;
  /** The end of its log. */
  log(): string;
  /** Sends the signal and waits for the end; sends SIGKILL after `patienceMs`. Resolves with the exit code. */
  stop: Child['stop'];
}

/** The ports of a `serve`; 0 picks a free one. */
export interface ServePorts {
  readonly port: number;
  readonly monitoringPort: number;
  /** Where `hasConsole`. */
  readonly consolePort?: number;
}

/** Starts `serve` on these ports without waiting until it is ready. */
export function spawnServe(ports: ServePorts, options: ServeOptions): Child {
  const { port, monitoringPort, consolePort = 0 } = ports;
  const { configFile, env, args = [], command = COMMAND, hasConsole = false, ...output } = options;
  return startChild({
    ...output,
    name: 'The relay',
    args: [
      ...[command, 'serve', '--config', configFile, '--host', '127.0.0.1', '--port', String(port)],
      ...['--monitoring-host', '127.0.0.1', '--monitoring-port', String(monitoringPort)],
      ...(hasConsole ? ['--console-port', String(consolePort)] : []),
      ...args,
    ],
    env: { ...process.env, ...env },
  });
}

/**
 * Starts `serve` on free ports. Resolves when it is ready, or when it responds at `until`; rejects with the end of its log if it ends
 * before.
 */
export async function startServe(
  options: ServeOptions & { readonly until?: '/readyz' | '/healthz'; readonly signal?: AbortSignal },
): Promise<ServeProcess> {
  const { until = '/readyz', signal, ...serve } = options;
  for (let tries = 1; ; tries += 1) {
    const [port, monitoringPort, consolePort] = await freePorts();
    const url = `http://127.0.0.1:${port}`;
    const monitoring = `http://127.0.0.1:${monitoringPort}`;
    const child = spawnServe({ port, monitoringPort, consolePort }, serve);
    try {
      await untilReady('The relay', child, {
        url: monitoring + until,
        withinMs: READY_WITHIN_MS,
        ...(signal && { signal }),
      });
      return {
        url,
        monitoring,
        console: `http://127.0.0.1:${consolePort}/console/`,
        child,
        log: child.log,
        stop: child.stop,
      };
    } catch (error) {
      // On a busy machine, another process may take a port after it was found free, and before the relay listens.
      const isTaken = [port, monitoringPort, consolePort].some((one) =>
        child.log().includes(`Cannot listen on 127.0.0.1:${one}:`),
      );
      if (!isTaken || tries === MOST_TRIES) throw error;
    }
  }
}

/** Three different ports. */
async function freePorts(): Promise<readonly [number, number, number]> {
  for (;;) {
    const [first, second, third] = [await freePort(), await freePort(), await freePort()];
    if (new Set([first, second, third]).size === 3) return [first, second, third];
  }
}

/** Writes relay.yaml into `folder`, and an empty folder of rule files. */
export async function writeConfig(folder: string, yaml: string): Promise<string> {
  await mkdir(join(folder, 'transforms'), { recursive: true });
  const file = join(folder, 'relay.yaml');
  await writeFile(file, yaml);
  return file;
}
