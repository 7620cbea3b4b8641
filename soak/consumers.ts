/** The relay processes of a soak. A process that is killed is started again, and its log is searched for errors. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { shiftedEnvironment } from '../lab/clock/shifted-environment.ts';
import type { Child, Exit } from '../lab/process.ts';
import { spawnServe } from '../lab/serve.ts';
import type { ConsumerRecord } from './oracle/log.ts';
import type { Recorder } from './recorder.ts';

/** SIGTERM lets a consumer drain for 25 s. */
const PATIENCE_MS = 32_000;
const RESTART_MS = 500;
const START_WITHIN_MS = 180_000;
const LOOK_AT_MEMORY_MS = 500;

/** Matches errors that are expected in a consumer's log: a destination, a table or a message is refused, the storage is down, a blob was overwritten. */
const EXPECTED_ERROR =
  /"message":"(?:A destination is out of service|A destination takes no messages|A message was refused|A table is held|The start waits for the storage account|The sweep could read none)|\/overwritten_\d+\.json",(?:"destination":"[^"]*",)?"reason":"replaced",.*"message":"A blob was deleted with rows that were not delivered"/;

/** The heap limit, as in a small container: with plenty of memory V8 collects garbage late, and a leak would hardly show. */
const HEAP_MEBIBYTES = 192;

function environment(clockFile: string): NodeJS.ProcessEnv {
  const shifted = shiftedEnvironment(clockFile);
  return { ...shifted, NODE_OPTIONS: `${shifted.NODE_OPTIONS} --max-old-space-size=${HEAP_MEBIBYTES}` };
}

export interface ConsumerOptions {
  readonly name: string;
  readonly folder: string;
  readonly configFile: string;
  /** Undefined for a process without an endpoint, which only consumes. */
  readonly port: number | undefined;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

/** A sequence of `xdr-relay serve` processes under one name: one that is killed is started again. */
export class Consumer {
  readonly name: string;
  readonly #options: ConsumerOptions;
  readonly #clockFile: string;
  #child: Child | undefined;
  #wanted = false;
  #works = false;
  #suspended = false;
  #offset = 0;
  #peakBytes = 0;
  #crashes = 0;
  readonly #exitCodes: (number | null)[] = [];
  readonly #errors: string[] = [];
  /** Returns the log of the last process. */
  #log = () => '';
  readonly #timer: NodeJS.Timeout;

  constructor(options: ConsumerOptions) {
    this.#options = options;
    this.name = options.name;
    this.#clockFile = join(options.folder, `${options.name}.clock`);
    this.#timer = setInterval(() => this.#lookAtMemory(), LOOK_AT_MEMORY_MS);
    this.#timer.unref();
  }

  get record(): ConsumerRecord {
    return {
      name: this.name,
      peakBytes: this.#peakBytes,
      crashes: this.#crashes,
      exitCodes: this.#exitCodes,
    };
  }

  /** The error lines of the log. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  get suspended(): boolean {
    return this.#suspended;
  }

  /** The error of the process's wall clock. Milliseconds. */
  get offset(): number {
    return this.#offset;
  }

  async setClock(offsetMs: number): Promise<void> {
    this.#offset = offsetMs;
    await writeFile(this.#clockFile, String(offsetMs));
  }

  /** Starts the process; resolves when it is ready, or when it was stopped meanwhile. If it never becomes ready, throws with the end of its log. */
  async start(): Promise<void> {
    this.#wanted = true;
    if (!this.#child) this.#spawn();
    const deadline = performance.now() + START_WITHIN_MS;
    while (this.#wanted && !this.#works) {
      if (performance.now() > deadline) throw new Error(`${this.name} does not start:\n${this.#log()}`);
      await delay(50, undefined, { signal: this.#options.signal });
    }
  }

  /** Kills the process by SIGKILL, like a crash or a lost machine. */
  async kill(): Promise<void> {
    this.#wanted = false;
    await this.#end('SIGKILL');
  }

  /** Ends the process by SIGTERM and waits until it has drained. */
  async terminate(): Promise<void> {
    this.#wanted = false;
    this.resume();
    const hadStarted = this.#works;
    const child = this.#child;
    await this.#end('SIGTERM', PATIENCE_MS);
    if (child && hadStarted) this.#exitCodes.push(child.exit?.code ?? null);
  }

  suspend(): void {
    this.#suspended = this.#child?.signal('SIGSTOP') ?? false;
  }

  resume(): void {
    if (!this.#suspended) return;
    this.#suspended = false;
    this.#child?.signal('SIGCONT');
  }

  /** Ends the process at once and does not start another. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.kill();
  }

  async #end(signal: NodeJS.Signals, patienceMs?: number): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#lookAtMemory();
    await child.stop(signal, patienceMs);
    this.#suspended = false;
  }

  #spawn(): void {
    const { folder, configFile, port, recorder } = this.#options;
    const child = spawnServe(
      { port: port ?? 0, monitoringPort: 0 },
      {
        configFile,
        env: environment(this.#clockFile),
        args: port === undefined ? ['--no-endpoint'] : [],
        logFile: join(folder, `${this.name}.log`),
        stamp: () => (recorder.now() / 1000).toFixed(3),
        onLine: (line) => this.#read(line),
      },
    );
    this.#child = child;
    this.#log = child.log;
    void child.exited.then((exit) => this.#ended(exit));
  }

  #ended({ code, signal }: Exit): void {
    this.#child = undefined;
    const worked = this.#works;
    this.#works = false;
    this.#options.recorder.note(`${this.name} ended: ${signal ?? `code ${code}`}`);
    if (!this.#wanted) return;
    // A process cannot start while the storage account is down, and is restarted like by a supervisor. Only an end after a good start counts as a crash.
    if (worked) this.#crashes++;
    setTimeout(() => {
      if (this.#wanted && !this.#child) this.#spawn();
    }, RESTART_MS).unref();
  }

  #read(line: string): void {
    if (line.includes('"The consumer is running"')) this.#works = true;
    if (/"level":"(?:error|fatal)"/.test(line) && !EXPECTED_ERROR.test(line)) {
      this.#errors.push(`${this.name}: ${line.slice(0, 600)}`);
    }
  }

  #lookAtMemory(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      this.#peakBytes = Math.max(this.#peakBytes, Number(kibibytes ?? 0) * 1024);
    } catch {
      // This system has no /proc, or the process has just ended.
    }
  }
}
