/** What rules were compiled to outlives a process, in a folder that only its user may write to. */
import { existsSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { generateRules } from '../../../bench/rules/generate-rules.ts';
import { FakeClock } from '../../../lab/clock/fake-clock.ts';
import { silentLogger, silentMetrics } from '../../../lab/silent.ts';
import { compiledOnce } from '../../../src/hosts/node/console-rules.ts';
import { KeptDetectionsFile, type KeptDetectionsOptions } from '../../../src/hosts/node/kept-detections.ts';
import { loadRuleFolders } from '../../../src/hosts/node/rule-files.ts';
import type { RelayPorts } from '../../../src/relay/ports.ts';
import { assumedContext } from '../../../src/rules/assumed-context.ts';
import { checkFolder } from '../../../src/rules/check-folder.ts';
import { compileProgram } from '../../../src/rules/compile.ts';
import { KnownDetections } from '../../../src/rules/sigma/index.ts';
import { rowOf, runTest } from '../../../src/rules/testing/run.ts';
import { configOf } from '../../routes/console-fixture.ts';

const FILES = generateRules(70);
const CONTEXT = { destinations: ['splunk'], defaultDestinations: ['splunk'], alerts: [], variables: {} };

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-kept-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function file(changes: Partial<KeptDetectionsOptions> = {}): KeptDetectionsFile {
  return new KeptDetectionsFile({
    folder,
    build: 'a'.repeat(64),
    origin: ['/transforms'],
    isWriter: true,
    clock: new FakeClock(Date.now()),
    logger: silentLogger,
    metrics: silentMetrics,
    ...changes,
  });
}

/** How many rules a process takes from what was kept. */
function taken(kept: KeptDetectionsFile, files = FILES): number {
  const { compiledRules } = compileProgram(files, { ...CONTEXT, knownDetections: kept.known });
  return compiledRules.filter(({ rule }) => rule.kept).length;
}

/** A process's counts, as `NAME LABELS`. */
function counting(): {
  readonly counts: Map<string, number>;
  readonly metrics: NonNullable<KeptDetectionsOptions['metrics']>;
} {
  const counts = new Map<string, number>();
  const metrics = {
    count(name: string, labels: object = {}, by = 1) {
      const key = [name, ...Object.values(labels)].join(' ');
      counts.set(key, (counts.get(key) ?? 0) + by);
    },
  };
  return { counts, metrics };
}

/** Why a process does not use what was kept. */
function refusals(changes: Partial<KeptDetectionsOptions> = {}): readonly string[] {
  const { counts, metrics } = counting();
  file({ ...changes, metrics });
  return [...counts.keys()].map((key) => key.replace('xdr_relay_kept_rules_refused_total ', ''));
}

/** A process that compiles all rules and keeps them. */
async function firstStart(changes: Partial<KeptDetectionsOptions> = {}): Promise<KeptDetectionsFile> {
  const kept = file(changes);
  taken(kept);
  await kept.keep();
  return kept;
}

async function only(): Promise<string> {
  const [name, another] = await readdir(join(folder, 'rules'));
  if (name === undefined || another !== undefined) throw new Error('there is not one file');
  return join(folder, 'rules', name);
}

describe('what rules were compiled to', () => {
  it('is there at the next start, and nobody else may read or write it', async () => {
    const first = file();
    expect(taken(first)).toBe(0);
    await first.keep();
    expect(taken(file())).toBe(FILES.length);
    expect((await stat(await only())).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'rules'))).mode & 0o777).toBe(0o700);
  });

  it('is not of use to other code, to rules from elsewhere, or where nothing is built', async () => {
    await firstStart();
    expect(taken(file({ build: 'b'.repeat(64) }))).toBe(0);
    expect(taken(file({ origin: ['/other'] }))).toBe(0);
    expect(taken(file({ build: undefined }))).toBe(0);
    expect(taken(file({ folder: undefined }))).toBe(0);
    expect(taken(file({ folder: join(folder, 'missing') }))).toBe(0);
  });

  it('is not used where others may write to the folder', async () => {
    await firstStart();
    await chmod(folder, 0o777);
    expect(taken(file())).toBe(0);
    await rm(join(folder, 'rules'), { recursive: true });
    await firstStart();
    expect(await readdir(folder)).toEqual([]);
  });

  it('is not used where others may write to the file or to its own folder', async () => {
    await firstStart();
    const path = await only();
    await chmod(path, 0o620);
    expect(taken(file())).toBe(0);
    expect(refusals()).toEqual(['not_own']);
    await chmod(path, 0o600);
    expect(refusals()).toEqual([]);
    await chmod(join(folder, 'rules'), 0o707);
    expect(taken(file())).toBe(0);
    await writeFile(path, 'before');
    await firstStart();
    expect(await readFile(path, 'utf8')).toBe('before');
  });

  it('holds up no start where its place cannot be looked at', async () => {
    const circle = join(folder, 'circle');
    await symlink(circle, circle);
    expect(taken(await firstStart({ folder: circle }))).toBe(FILES.length);
    expect(refusals({ folder: circle })).toEqual(['not_own']);
    await firstStart();
    const path = await only();
    await rm(path);
    await mkdir(path);
    expect(refusals()).toEqual(['no_file']);
  });

  it('is compiled and kept again where it is damaged or cut off', async () => {
    await firstStart();
    const path = await only();
    const whole = await readFile(path, 'latin1');
    const damage = [
      () => writeFile(path, whole.replace('"contains"', '"contain"').replace('low', 'high')),
      () => truncate(path, Math.floor(whole.length / 2)),
      () => truncate(path, 0),
      () => truncate(path, 65 * 1024 * 1024),
    ];
    for (const harm of damage) {
      await harm();
      expect(taken(await firstStart())).toBe(FILES.length);
      expect(await readFile(path, 'latin1')).toBe(whole);
    }
  });

  it('is written when rules have changed, and only then', async () => {
    const kept = await firstStart();
    const path = await only();
    await utimes(path, 1, 1);
    taken(kept);
    await kept.keep();
    expect((await stat(path)).mtimeMs).toBe(1000);
    taken(kept, FILES.slice(1));
    await kept.keep();
    expect((await stat(path)).mtimeMs).toBeGreaterThan(1000);
    expect(taken(file(), FILES)).toBe(FILES.length - 1);
  });

  it('is kept in memory where it cannot be written', async () => {
    await writeFile(join(folder, 'rules'), 'in the way');
    const kept = await firstStart();
    expect(taken(kept)).toBe(FILES.length);
    expect(await readFile(join(folder, 'rules'), 'utf8')).toBe('in the way');
  });

  it('is read by all threads and written by one', async () => {
    await firstStart({ isWriter: false });
    expect(await readdir(folder)).toEqual([]);
    await firstStart();
    expect(taken(file({ isWriter: false }))).toBe(FILES.length);
  });

  it('of many sets of rules is kept for the newest, and what was not finished goes', async () => {
    await mkdir(join(folder, 'rules'));
    const unfinished = join(folder, 'rules', `.${'0'.repeat(16)}.12345678`);
    await writeFile(unfinished, '');
    await utimes(unfinished, 1, 1);
    await writeFile(join(folder, 'rules', 'not ours'), '');
    for (let n = 0; n < 10; n++) {
      const name = n.toString(16).padStart(16, '0');
      await writeFile(join(folder, 'rules', name), '');
      await utimes(join(folder, 'rules', name), n, n);
    }
    await firstStart();
    const names = await readdir(join(folder, 'rules'));
    expect(names).toHaveLength(9);
    expect(names).toContain('not ours');
    expect(taken(file())).toBe(FILES.length);
  });

  it('stays what it is though the clock was ahead, or another process is behind it', async () => {
    await mkdir(join(folder, 'rules'));
    const inYears = Date.now() / 1000 + 1e8;
    for (let n = 0; n < 10; n++) {
      const path = join(folder, 'rules', n.toString(16).padStart(16, '0'));
      await writeFile(path, '');
      await utimes(path, inYears, inYears);
    }
    await firstStart();
    await firstStart({ origin: ['/other'] });
    expect(taken(file())).toBe(FILES.length);
    expect(taken(file({ origin: ['/other'] }))).toBe(FILES.length);
    // What another process writes just now, as far as the disk knows.
    const unfinished = join(folder, 'rules', `.${'0'.repeat(16)}.12345678`);
    await writeFile(unfinished, '');
    await firstStart({ origin: ['/third'], clock: new FakeClock(Date.now() + 1e10) });
    expect(existsSync(unfinished)).toBe(true);
  });

  it('does not fill the disk where processes are killed while they write, again and again', async () => {
    await mkdir(join(folder, 'rules'));
    for (let n = 0; n < 20; n++) {
      const name = `.${'0'.repeat(16)}.${n.toString(16).padStart(8, '0')}`;
      await writeFile(join(folder, 'rules', name), 'half');
    }
    await firstStart();
    const names = await readdir(join(folder, 'rules'));
    expect(names.filter((name) => name.startsWith('.')).length).toBeLessThan(5);
    expect(taken(file())).toBe(FILES.length);
  });

  it('is not removed as old while it is used and does not change', async () => {
    await firstStart();
    const path = await only();
    const text = await readFile(path, 'latin1');
    await utimes(path, 1, 1);
    const next = file();
    taken(next);
    await next.keep();
    expect((await stat(path)).mtimeMs).toBeGreaterThan(1000);
    expect(await readFile(path, 'latin1')).toBe(text);
  });

  it('is written by many processes at once, and read whole by each later one', async () => {
    const many = Array.from({ length: 20 }, (_, n) => file({ origin: [`/${n % 2}`] }));
    for (const one of many) taken(one);
    await Promise.all(many.map((one) => one.keep()));
    expect(taken(file({ origin: ['/0'] }))).toBe(FILES.length);
    expect(taken(file({ origin: ['/1'] }))).toBe(FILES.length);
  });

  it('is counted: what was used, what was compiled and why, and what was refused', async () => {
    const first = counting();
    await firstStart({ metrics: first.metrics });
    expect([...first.counts]).toEqual([['xdr_relay_sigma_files_total compiled none', FILES.length]]);
    const second = counting();
    const [changed, ...same] = FILES;
    if (!changed) throw new Error('no rule');
    taken(file({ metrics: second.metrics }), [{ ...changed, text: `${changed.text}\n` }, ...same]);
    expect([...second.counts]).toEqual([
      ['xdr_relay_sigma_files_total kept', same.length],
      ['xdr_relay_sigma_files_total compiled changed', 1],
    ]);
    const third = counting();
    const schema = { path: 'schema.yaml', text: 'tables:\n  Own_CL:\n    columns: { A: string }\n' };
    taken(file({ metrics: third.metrics }), [...FILES, schema]);
    expect([...third.counts]).toEqual([['xdr_relay_sigma_files_total compiled surroundings', FILES.length]]);
    expect(refusals({ build: 'b'.repeat(64) })).toEqual(['other_version']);
    const path = await only();
    await writeFile(path, (await readFile(path, 'latin1')).replace('low', 'high'));
    expect(refusals()).toEqual(['damaged']);
    await writeFile(path, 'something');
    expect(refusals()).toEqual(['other_form']);
    await truncate(path, 1024 ** 3);
    expect(refusals()).toEqual(['too_large']);
    await chmod(folder, 0o777);
    expect(refusals()).toEqual(['not_own']);
  });

  it('has the same findings and results of tests, and is the same for the console', async () => {
    const { files: shipped } = await loadRuleFolders([resolve('transforms')]);
    const files = [...shipped, ...FILES];
    const context = assumedContext(files);
    const checked = (knownDetections?: KnownDetections) => {
      const all = { ...context, ...(knownDetections && { knownDetections }) };
      const compiled = compileProgram(files, all);
      const { diagnostics, tests } = checkFolder(files, all, compiled, 0);
      const { program, compiledRules } = compiled;
      if (!program) throw new Error('they do not compile');
      const used = compiledRules.filter(({ rule }) => rule.kept).length;
      return { told: { diagnostics, tests: tests.map((test) => runTest(program, test)) }, used };
    };
    const expected = checked();
    expect(expected.told.tests.length).toBeGreaterThan(10);
    const first = file();
    checked(first.known);
    await first.keep();
    const again = checked(file().known);
    expect(again.used).toBeGreaterThan(FILES.length);
    expect(again.told).toEqual(expected.told);

    const parts = { config: configOf('').config, directory: '/', ports: {} as RelayPorts };
    const read = async () => ({ place: 'here', files: FILES });
    const fromText = await compiledOnce(read, parts, () => new KnownDetections('build'))();
    await firstStart({ origin: ['/console'] });
    const fromKept = await compiledOnce(read, parts, () => file({ origin: ['/console'] }).known)();
    expect([fromText.keptRules, fromKept.keptRules]).toEqual([0, FILES.length]);
    const row = rowOf('DeviceProcessEvents', { ActionType: 'ProcessCreated', ProcessCommandLine: 'whoami' });
    expect(fromKept.evaluate(row)).toEqual(fromText.evaluate(row));
    expect(fromKept.version).toBe(fromText.version);
  });

  it('is kept soon after the start, and at the end', async () => {
    const clock = new FakeClock(Date.now());
    const kept = file({ clock });
    const stop = new AbortController();
    taken(kept);
    const keeping = kept.keepRegularly(stop.signal);
    await vi.waitUntil(() => {
      clock.advance(10_000);
      return existsSync(join(folder, 'rules'));
    }, 30_000);
    await vi.waitUntil(() => taken(file()) === FILES.length, 30_000);
    taken(kept, FILES.slice(2));
    stop.abort();
    await keeping;
    expect(taken(file())).toBe(FILES.length - 2);
  });
});
