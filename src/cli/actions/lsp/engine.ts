/** Checks the projects of open documents, and runs their tests: the part of the language server that takes time. */
import { resolve } from 'node:path';
import { parseConfig } from '../../../config/load.ts';
import { secretReferences } from '../../../config/secret-references.ts';
import { type Diagnostic, START } from '../../../diagnostics/diagnostic.ts';
import { environmentBeside } from '../../../hosts/node/config-file.ts';
import { readPresetFiles } from '../../../hosts/node/preset-files.ts';
import { assumedValue } from '../../../rules/assumed-context.ts';
import { type CheckedFolder, checkFolder } from '../../../rules/check-folder.ts';
import { folderModel } from '../../../rules/editor/build-model.ts';
import { EMPTY_MODEL } from '../../../rules/editor/model.ts';
import { runTest } from '../../../rules/testing/run.ts';
import { systemClock } from '../../../shared/clock.ts';
import { messageOf } from '../../../shared/errors.ts';
import { failedTest } from '../rules/test.ts';
import { openWorkspace, type Workspace } from '../rules/workspace.ts';
import { Disk } from './disk.ts';
import { type Located, Locator } from './locate.ts';
import type { Changes, FailedTest, FoundMistake, Project, Setup, TestAt, TestRun } from './messages.ts';

/** A project as it was last checked. */
interface Checked {
  readonly workspace: Workspace;
  readonly checked: CheckedFolder;
}

/** The most findings that are shown in files that are not open. */
const MOST_ELSEWHERE = 1_000;

export class Engine {
  readonly #disk = new Disk();
  readonly #locator: Locator;
  /** By key of the project. */
  #checked = new Map<string, Checked>();
  readonly #unread = new Map<string, readonly Diagnostic[]>();

  constructor(setup: Setup) {
    this.#locator = new Locator(setup, this.#disk);
  }

  /** Checks all projects of the documents that are open. Never throws on what files hold. */
  async analyse({ opened, closed, reload }: Changes): Promise<readonly Project[]> {
    for (const path of closed) this.#disk.open.delete(path);
    for (const { path, text } of opened) this.#disk.open.set(path, text);
    if (reload) {
      this.#disk.forget();
      this.#unread.clear();
    }
    const located = new Map<string, Located>();
    for (const [path, text] of this.#disk.open) {
      const found = await this.#locator.locate(path, text);
      if (found) located.set(found.key, found);
    }
    const projects: Project[] = [];
    const before = this.#checked;
    this.#checked = new Map();
    for (const one of located.values()) projects.push(await this.#project(one, before));
    return projects;
  }

  /** Runs tests of the projects that were checked last. */
  test(tests: readonly TestAt[]): TestRun {
    const failures: FailedTest[] = [];
    let passed = 0;
    for (const { workspace, checked } of this.#checked.values()) {
      const { program } = workspace.compiled;
      const meant = checked.tests.filter(({ file, span }) => {
        const path = resolve(workspace.nameOf(file));
        return tests.some((test) => test.path === path && test.line === span.line);
      });
      if (meant.length === 0) continue;
      if (!program) return { problem: 'the rule files have errors', passed: 0, failures: [] };
      for (const test of meant) {
        const mismatches = runTest(program, test);
        if (mismatches.length === 0) passed += 1;
        else {
          const { code, span, message } = failedTest({ test, mismatches });
          failures.push({
            path: resolve(workspace.nameOf(test.file)),
            line: test.span.line,
            title: test.title,
            mistake: { severity: 'error', code, span, message },
          });
        }
      }
    }
    if (passed + failures.length === 0)
      return { problem: 'there is no such test any more', passed, failures };
    return { passed, failures };
  }

  async #project(located: Located, before: ReadonlyMap<string, Checked>): Promise<Project> {
    const { relay: path, key } = located;
    const found = new Map<string, FoundMistake[]>();
    if (path !== undefined) {
      const text = await this.#relayText(path);
      if (text !== undefined) found.set(path, [...(await relayMistakes(text, path))]);
    }
    try {
      const workspace = await this.#open(located);
      const checked = checkFolder(workspace.files, workspace.context, workspace.compiled, systemClock.now());
      this.#checked.set(key, { workspace, checked });
      await this.#collect(located, { workspace, checked }, found);
      const { compiled, context } = workspace;
      return {
        relay: path,
        paths: new Map(workspace.files.map((file) => [file.path, resolve(workspace.nameOf(file.path))])),
        model: folderModel({
          compiled,
          checked,
          context,
          relay: path === undefined ? undefined : await this.#relayText(path),
        }),
        isLoose: workspace.isLoose,
        found,
      };
    } catch (error) {
      const last = before.get(key);
      if (last) this.#checked.set(key, last);
      const mistake: FoundMistake = {
        severity: 'error',
        code: 'file_unreadable',
        span: START,
        message: messageOf(error),
      };
      if (located.document !== undefined) found.set(located.document, [mistake]);
      return { relay: path, paths: new Map(), model: EMPTY_MODEL, isLoose: false, found };
    }
  }

  async #open({ relay: path, transforms, document }: Located): Promise<Workspace> {
    const relay = path === undefined ? undefined : await this.#locator.relayRules(path);
    const options = {
      transforms: transforms ?? (relay || path === undefined ? undefined : [resolve(path, '../transforms')]),
      ...(document !== undefined && { paths: [document] }),
    };
    return await openWorkspace(options, {
      given: { relay, load: (directory) => this.#disk.load(directory) },
    });
  }

  /** Adds the findings on the project's files. */
  async #collect(
    { key, document }: Located,
    { workspace, checked }: Checked,
    found: Map<string, FoundMistake[]>,
  ): Promise<void> {
    const unread = this.#unread.get(key) ?? (await workspace.unread());
    this.#unread.set(key, unread);
    let elsewhere = 0;
    for (const one of [...unread, ...checked.diagnostics]) {
      if (!workspace.isMeant(one.file)) continue;
      const path = resolve(workspace.nameOf(one.file));
      if (!this.#disk.open.has(path)) {
        elsewhere += 1;
        if (document !== undefined || elsewhere > MOST_ELSEWHERE) continue;
      }
      found.set(path, [...(found.get(path) ?? []), mistakeOf(one)]);
    }
    const folders = new Set(workspace.directory.split(', '));
    for (const folder of folders) {
      found.delete(resolve(folder));
      for (const { path, code, message } of await this.#disk.unreadable(folder)) {
        if (path !== resolve(folder)) found.set(path, [{ severity: 'error', code, span: START, message }]);
      }
    }
  }

  async #relayText(path: string): Promise<string | undefined> {
    return this.#disk.open.get(path) ?? (await this.#disk.text(path));
  }
}

function mistakeOf({ severity, code, span, message, hint }: Diagnostic): FoundMistake {
  return { severity, code, span, message, ...(hint !== undefined && { hint }) };
}

/**
 * What `config` finds in a relay.yaml. Secrets in files and in Key Vault are not read: an editor must not reach for them because a
 * file was opened. A variable that is not set here may be set where the relay runs, so that it is no error.
 */
async function relayMistakes(text: string, path: string): Promise<readonly FoundMistake[]> {
  const { files, vault } = secretReferences(text);
  const secrets = new Map(
    [...files.map((name) => `file:${name}`), ...vault.map((name) => `keyvault:${name}`)].map((name) => [
      name,
      { value: assumedValue(name) },
    ]),
  );
  const env = await environmentBeside(path, process.env);
  const presets = await readPresetFiles(text, path);
  const { diagnostics } = parseConfig(text, path, env, new Map([...secrets, ...presets]));
  const own = diagnostics.filter(({ file }) => file === path);
  return own.map((one) => {
    const mistake = mistakeOf(one);
    return one.code === 'missing-variable' ? { ...mistake, severity: 'information' as const } : mistake;
  });
}
