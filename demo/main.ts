/** Runs the demo: the relay with everything around it, on this machine. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BlobServiceClient } from '@azure/storage-blob';
import picocolors from 'picocolors';
import { type Azurite, startAzurite } from '../lab/azurite.ts';
import { createGenerator, type Generator } from '../lab/generator/generator.ts';
import { createRandom } from '../lab/generator/random.ts';
import { httpNotifier } from '../lab/notifications.ts';
import { createLedger, type Ledger } from '../lab/oracle/ledger.ts';
import { deadLetterReader, reconcile, reconciliationText } from '../lab/oracle/reconciliation.ts';
import { type Host, type RelayProcess, startRelay } from '../lab/relay.ts';
import type { RelaySecrets } from '../lab/relay-config.ts';
import { createWriter, type Writer } from '../lab/writer.ts';
import { createAzureDeadLetters } from '../src/delivery/dead-letters-azure.ts';
import { isClone, packageFolder } from '../src/hosts/node/package-folder.ts';
import { RelayError } from '../src/shared/errors.ts';
import { type Expectations, loadExpectations } from './expectations.ts';
import { fetchFigures, NO_FIGURES } from './figures.ts';
import { createMeter } from './meter.ts';
import { openInBrowser } from './open-in-browser.ts';
import { type DemoOptions, type DemoRequest, demoOptions } from './options.ts';
import type { View } from './picture.ts';
import { pump } from './pump.ts';
import { liveScreen, plainScreen, type Screen } from './screen.ts';
import { planOf, type Soc, startSoc } from './soc.ts';

export type { DemoRequest };

const INTERRUPTED = 130;
/** Without any progress for so long, what is not there will not come. */
const GIVE_UP_MS = 60_000;
const SETTLE_TICK_MS = 200;
/** After a Ctrl-C nobody wants to watch the relay drain. */
const IMPATIENCE_MS = 3000;

/**
 * `npm run demo`: runs until the signal is aborted, or until `rows` rows are accounted for.
 *
 * @returns The exit code: 0; 1 when a row is missing; 130 when stopped before its end. Throws where something failed.
 */
export async function runDemo(
  request: DemoRequest,
  isTerminal: boolean,
  signal: AbortSignal,
): Promise<0 | 1 | 130> {
  const options = demoOptions(request, isTerminal);
  try {
    return await withFolder(options, (folder) => run(options, folder, signal));
  } catch (error) {
    if (signal.aborted) return INTERRUPTED;
    throw error;
  }
}

/** Runs `work` with a temporary folder that is gone afterwards, however this process ends. */
async function withFolder<T>(options: DemoOptions, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-demo-'));
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  if (!options.keep) process.once('exit', remove);
  try {
    return await work(folder);
  } finally {
    if (options.keep) {
      process.stdout.write(`The data, the relay's configuration and its log are in ${folder}\n`);
    } else {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
      process.off('exit', remove);
    }
  }
}

/** Everything that runs, once it runs. */
interface Stage {
  readonly azurite: Azurite;
  readonly ledger: Ledger;
  readonly soc: Soc;
  /** The names of the destinations in relay.yaml. */
  readonly destinations: readonly string[];
  /** Those of them that tell people. */
  readonly people: readonly string[];
  readonly expectations: Expectations;
  readonly relay: RelayProcess;
  /** The address of the console; undefined where there is none. */
  readonly page: string | undefined;
  readonly generator: Generator;
  readonly writer: Writer;
  readonly readDeadLetters: () => Promise<void>;
  /** Rows of an intrusion that a filter held back. */
  readonly hidden: () => number;
}

async function run(options: DemoOptions, folder: string, stop: AbortSignal): Promise<0 | 1 | 130> {
  // Whatever ends the run, nothing of it goes on afterwards.
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  const closing: (() => Promise<void>)[] = [];
  const progress = { phase: 'starting' };
  let show: Progress | undefined;
  try {
    const stage = await setUp(options, folder, signal, closing);
    show = showProgress(stage, options, progress);
    const work = (async () => {
      progress.phase = 'writing';
      await pump(stage.generator, stage.writer, { ...options, signal });
      progress.phase = 'waiting for the last rows';
      await settle(stage, signal);
    })();
    await Promise.race([work, stage.relay.ended, aborted(signal)]);
    await show.look();
    await stage.relay.stop();
    await stage.readDeadLetters();
    progress.phase = 'done';
    await show.stop();
    return report(stage);
  } catch (error) {
    await show?.stop();
    if (!stop.aborted) throw error;
    process.stdout.write('Stopped.\n');
    return options.rows === undefined ? 0 : INTERRUPTED;
  } finally {
    over.abort();
    for (const close of closing.reverse()) await close();
  }
}

/** Path of the command that runs the relay, in the package; undefined in a clone. Throws a RelayError where the host needs a clone. */
function commandOf(host: Host): string | undefined {
  const folder = packageFolder();
  if (isClone(folder)) return undefined;
  if (host === 'worker') {
    throw new RelayError(
      'clone_needed',
      'the Worker is built from the sources, which the package does not have',
    );
  }
  return join(folder, 'dist/node/xdr-relay.js');
}

async function setUp(
  options: DemoOptions,
  folder: string,
  signal: AbortSignal,
  closing: (() => Promise<void>)[],
): Promise<Stage> {
  const paint = picocolors.createColors(picocolors.isColorSupported && !options.plain);
  const say = (text: string) => process.stdout.write(`${paint.dim(text)}\n`);
  const command = commandOf(options.host);
  const hashKey = randomBytes(16).toString('hex');
  const { routing, people, titles } = planOf(options.to);
  const { destinations } = routing;
  const expectations = await loadExpectations(options.transforms, hashKey, routing);

  say('Starting Azurite: an Azure Storage account on this machine');
  const data = join(folder, 'azurite');
  await mkdir(data);
  const azurite = await startAzurite({ location: data });
  closing.push(() => azurite.stop('SIGKILL'));
  signal.throwIfAborted();

  const ledger = createLedger(destinations, people);
  const soc = await startSoc(options.to, ledger, {
    connectionString: azurite.connectionString,
    account: azurite.account,
    host: options.host,
  });
  closing.push(() => soc.close());

  say(`Starting xdr-relay, with strict receivers at the other end: ${titles}`);
  const secrets: RelaySecrets = {
    LAB_STORAGE: azurite.connectionString,
    LAB_ENDPOINT_KEY: randomBytes(24).toString('hex'),
    LAB_HASH_KEY: hashKey,
    ...soc.secrets,
  };
  const relay = await startRelay(options.host, {
    folder,
    ...(command !== undefined && { command }),
    config: {
      transforms: options.transforms,
      secrets,
      destinations: soc.entries,
      routing,
      // On Workers, the console needs a login.
      hasConsole: options.host === 'node',
    },
    signal,
  });
  closing.push(() => relay.stop({ patienceMs: IMPATIENCE_MS }));
  const { page } = relay;
  if (page !== undefined) {
    say(`The console: ${page}`);
    if (options.open) openInBrowser(page);
  }

  const service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  const generator = createGenerator({
    seed: options.seed,
    now: Date.now,
    attackEvery: Math.max(
      1500,
      Math.round(
        Math.min(
          (options.rows ?? Number.POSITIVE_INFINITY) / 2,
          (options.rate || Number.POSITIVE_INFINITY) * 30,
        ),
      ),
    ),
  });
  let hidden = 0;
  const writer = createWriter({
    service,
    account: azurite.account,
    tenantId: generator.tenantId,
    random: createRandom(options.seed + 1),
    notify: httpNotifier(`${relay.origin}/events?code=${secrets.LAB_ENDPOINT_KEY}`),
    now: Date.now,
    signal,
    onRow(row, blob, offset) {
      const entry = expectations.expect(row, blob, offset);
      if (row.attack && entry.filter !== undefined) hidden++;
      if (entry.id !== undefined) soc.wrote(entry.id, { blob: entry.blob, offset: entry.offset });
      ledger.written(entry);
    },
  });
  const archive = createAzureDeadLetters(service, 'xdr-relay-dead-letters');
  return {
    azurite,
    ledger,
    soc,
    destinations,
    people,
    expectations,
    relay,
    page,
    generator,
    writer,
    readDeadLetters: deadLetterReader(archive, ledger, destinations),
    hidden: () => hidden,
  };
}

/** Rejects when the signal is aborted. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Resolves when all that is expected has come, or when nothing has come for a good while. */
async function settle(stage: Stage, signal: AbortSignal): Promise<void> {
  const { ledger, destinations } = stage;
  const settled = () => destinations.map((name) => ledger.account(name));
  const done = () => settled().reduce((sum, { arrived, deadLetters }) => sum + arrived + deadLetters, 0);
  let last = done();
  let lastChange = performance.now();
  for (let tick = 1; settled().some(({ missing }) => missing > 0); tick++) {
    await delay(SETTLE_TICK_MS, undefined, { signal });
    if (tick % 25 === 0) await stage.readDeadLetters();
    const now = done();
    if (now !== last) lastChange = performance.now();
    else if (performance.now() - lastChange > GIVE_UP_MS) return;
    last = now;
  }
}

interface Progress {
  /** Asks the relay for its figures. */
  look(): Promise<void>;
  /** Shows the end and leaves it standing. */
  stop(): Promise<void>;
}

/** Keeps the picture up to date until it is stopped. */
function showProgress(stage: Stage, options: DemoOptions, progress: { readonly phase: string }): Progress {
  const screen: Screen = options.plain ? plainScreen(process.stdout) : liveScreen(process.stdout);
  const start = performance.now();
  const meter = createMeter(() => performance.now());
  let figures = NO_FIGURES;
  const ending = new AbortController();

  const view = (ended: boolean): View => {
    const { ledger, writer, soc } = stage;
    const elapsed = (performance.now() - start) / 1000;
    const rate = (name: string, value: number) => (ended ? value / elapsed : meter.rate(name, value));
    const read = figures.sum('xdr_relay_rows_total');
    return {
      elapsed,
      phase: progress.phase,
      ended,
      goal: options.rows,
      written: ledger.rows,
      writtenRate: rate('written', ledger.rows),
      appendedBytes: writer.appended,
      read,
      readRate: rate('read', read),
      filtered: figures.sum('xdr_relay_rows_filtered_total'),
      alerts: figures.sum('xdr_relay_alerts_total'),
      bad: figures.sum('xdr_relay_rows_bad_total'),
      deadLetters: figures.sum('xdr_relay_dead_letters_total'),
      notifications: figures.sum('xdr_relay_notifications_total'),
      destinations: stage.destinations.map((destination) => {
        const account = ledger.account(destination);
        return {
          account,
          rate: rate(destination, account.arrived + account.repeats),
          lagBytes: figures.sum('xdr_relay_lag_bytes', { destination }),
          delay: soc.delay(destination),
          down: figures.sum('xdr_relay_breaker_open', { destination }) > 0,
        };
      }),
      people: stage.people,
      headlines: soc.headlines,
      page: stage.page,
    };
  };

  const look = async () => {
    figures = (await fetchFigures(stage.relay.monitoring)) ?? figures;
  };
  const running = (async () => {
    while (!ending.signal.aborted) {
      await look();
      screen.show(view(false));
      await delay(screen.interval, undefined, { signal: ending.signal }).catch(() => {});
    }
  })();
  return {
    look,
    async stop() {
      if (ending.signal.aborted) return;
      ending.abort();
      await running;
      screen.show(view(true));
      screen.done();
    },
  };
}

function report(stage: Stage): 0 | 1 {
  const result = reconcile(stage.ledger, stage.destinations);
  process.stdout.write(`\n${reconciliationText(result)}\n`);
  if (stage.hidden() > 0) {
    process.stdout.write(`Note: filters held back ${stage.hidden()} rows of an intrusion.\n`);
  }
  return result.complaints.length === 0 ? 0 : 1;
}
