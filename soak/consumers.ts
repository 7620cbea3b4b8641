import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { shiftedEnvironment } from '../lab/clock/shifted-environment.ts';
import type { ConsumerRecord } from './log.ts';
import type { Recorder } from './recorder.ts';

const COMMAND = fileURLToPath(new URL('../bin/xdr-relay.js', import.meta.url));
/** SIGTERM lets a consumer drain for 25 s. */
const PATIENCE_MS = 32_000;
const RESTART_MS = 500;
const START_WITHIN_MS = 60_000;
const LAST_LINES = 20;
const LOOK_AT_MEMORY_MS = 500;

/** What a consumer rightly calls an error: a destination or a table is refused, the storage is away, a blob was overwritten. */
const EXPECTED_ERROR =
  /"message":"(?:A destination is out of service|A table is held|The start waits for the storage account|The sweep could read none)|\/overwritten_\d+\.json","reason":"replaced",.*"message":"A blob is gone with rows that were not delivered"/;

/** What a small container would give it: V8 collects late where memory is plenty, and a leak would hardly show. */
const HEAP_MEBIBYTES = 192;

function environment(clockFile: string): NodeJS.ProcessEnv {
  const shifted = shiftedEnvironment(clockFile);
  return { ...shifted, NODE_OPTIONS: `${shifted.NODE_OPTIONS} --max-old-space-size=${HEAP_MEBIBYTES}` };
}

export interface ConsumerOptions {
  readonly name: string;
  readonly folder: string;
  readonly configFile: string;
  /** Undefined: it only consumes. */
  readonly port: number | undefined;
  readonly recorder: Recorder;
  readonly signal: AbortSignal;
}

/** One `xdr-relay serve` after the other, under one name: what is killed is started again. */
export class Consumer {
  readonly name: string;
  readonly #options: ConsumerOptions;
  readonly #clockFile: string;
  #child: ChildProcess | undefined;
  #wanted = false;
  #works = false;
  #suspended = false;
  #offset = 0;
  #peakBytes = 0;
  #crashes = 0;
  readonly #exitCodes: (number | null)[] = [];
  readonly #errors: string[] = [];
  readonly #last: string[] = [];
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

  /** Error lines of its log. */
  get errors(): readonly string[] {
    return this.#errors;
  }

  get suspended(): boolean {
    return this.#suspended;
  }

  /** How far its wall clock is off. Milliseconds. */
  get offset(): number {
    return this.#offset;
  }

  async setClock(offsetMs: number): Promise<void> {
    this.#offset = offsetMs;
    await writeFile(this.#clockFile, String(offsetMs));
  }

  /** Starts it; resolves when it works, or when it was told to stop meanwhile. Throws with its last words when it never does. */
  async start(): Promise<void> {
    this.#wanted = true;
    if (!this.#child) this.#spawn();
    const deadline = performance.now() + START_WITHIN_MS;
    while (this.#wanted && !this.#works) {
      if (performance.now() > deadline)
        throw new Error(`${this.name} does not start:\n${this.#last.join('\n')}`);
      await delay(50, undefined, { signal: this.#options.signal });
    }
  }

  /** Ends it by SIGKILL, as a crash or a lost machine would. */
  async kill(): Promise<void> {
    this.#wanted = false;
    await this.#end('SIGKILL');
  }

  /** Ends it by SIGTERM and waits until it has drained. */
  async terminate(): Promise<void> {
    this.#wanted = false;
    this.resume();
    const hadStarted = this.#works;
    const child = this.#child;
    const late = setTimeout(() => child?.kill('SIGKILL'), PATIENCE_MS);
    await this.#end('SIGTERM');
    clearTimeout(late);
    if (child && hadStarted) this.#exitCodes.push(child.exitCode);
  }

  suspend(): void {
    this.#suspended = this.#child?.kill('SIGSTOP') ?? false;
  }

  resume(): void {
    if (!this.#suspended) return;
    this.#suspended = false;
    this.#child?.kill('SIGCONT');
  }

  /** Ends it for good, at once. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.kill();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#lookAtMemory();
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
    this.#suspended = false;
  }

  #spawn(): void {
    const { folder, configFile, port, recorder } = this.#options;
    const child = spawn(
      process.execPath,
      [
        COMMAND,
        'serve',
        '--config',
        configFile,
        '--host',
        '127.0.0.1',
        '--port',
        String(port ?? 0),
        ...(port === undefined ? ['--no-endpoint'] : []),
      ],
      { env: environment(this.#clockFile), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child = child;
    const killWithUs = () => child.kill('SIGKILL');
    process.once('exit', killWithUs);
    const file = createWriteStream(join(folder, `${this.name}.log`), { flags: 'a' });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        file.write(`${(recorder.now() / 1000).toFixed(3)} ${line}\n`);
        this.#read(line);
      });
    }
    child.once('exit', (code, signal) => {
      process.off('exit', killWithUs);
      file.end();
      this.#child = undefined;
      const worked = this.#works;
      this.#works = false;
      recorder.note(`${this.name} ended: ${signal ?? `code ${code}`}`);
      if (!this.#wanted) return;
      // It cannot start while the storage is away: whoever runs it starts it again.
      if (worked) this.#crashes++;
      setTimeout(() => {
        if (this.#wanted && !this.#child) this.#spawn();
      }, RESTART_MS).unref();
    });
  }

  #read(line: string): void {
    this.#last.push(line);
    if (this.#last.length > LAST_LINES) this.#last.shift();
    if (line.includes('"The consumer works"')) this.#works = true;
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
      // No /proc on this system, or the process has just ended.
    }
  }
}
