/** The rule files of a folder or a container: read, and followed while the relay runs. */
import { resolve } from 'node:path';
import type { BlobStore } from '../../blobs/port.ts';
import { ruleContext, ruleFolders } from '../../config/rule-context.ts';
import type { RelayConfig } from '../../config/schema.ts';
import { compileOrThrow } from '../../relay/rule-sets/compile-set.ts';
import type { LiveRules } from '../../relay/rule-sets/live-rules.ts';
import {
  type RuleContainer,
  RuleContainerError,
  readRuleContainer,
} from '../../relay/rule-sets/rule-container.ts';
import type { RuleFile } from '../../rules/rule-file.ts';
import type { RuleSet } from '../../rules/ruleset.ts';
import { type Clock, systemClock } from '../../shared/clock.ts';
import { loggedError, messageOf } from '../../shared/errors.ts';
import type { Logger } from '../../shared/logger.ts';
import { slept } from '../../shared/slept.ts';
import { whenAborted } from '../../shared/when-aborted.ts';
import { loadRuleFolders, type RuleFolders, RulesFolderError } from './rule-files.ts';

/** The rules as they are now, for a command. Throws RulesError, RuleFolderError, RuleContainerError and BlobError. */
export async function loadRules(
  config: RelayConfig,
  directory: string,
  blobs: BlobStore,
  signal?: AbortSignal,
): Promise<RuleSet> {
  const { transforms_container: container } = config;
  const files =
    container === undefined
      ? await foldersOf(config, directory)
      : (await readRuleContainer(blobs, container, undefined, { signal }))?.files;
  return compileOrThrow(files ?? [], { ...ruleContext(config), now: () => systemClock.now() });
}

async function foldersOf(config: RelayConfig, directory: string): Promise<readonly RuleFile[]> {
  const folders = ruleFolders(config).map((folder) => resolve(directory, folder));
  return (await loadRuleFolders(folders, { isStart: true })).files;
}

/** Looks for changed rules now. Never throws: rules that cannot be read or have errors are logged, the old ones stay. */
export type LookAgain = () => void;

/** Files are written one after the other: wait until the folder has been still for so long. Milliseconds. */
const STILL_MS = 300;
/** A folder that is mounted again tells nothing of it: a folder that was missing or empty is looked at this often. Milliseconds. */
const MISSED_MS = 60_000;
const MISSED: readonly string[] = ['rules_emptied', 'rules_folder_missing', 'rules_file_unreadable'];

/**
 * Loads the rules of some folders and follows them until stopped. Resolves when a first set is in force, that of the folders or the last good one,
 * with what looks for changes at once.
 *
 * Throws RulesError, RulesEmptiedError, RulesFolderError, RulesHeldError and CheckpointError when none can be, and the reason of `stop`.
 */
export async function followFolders(
  rules: LiveRules,
  directories: readonly string[],
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
  stop: AbortSignal,
): Promise<LookAgain> {
  await offerFolders(rules, directories, { isStart: true });
  const { watch } = await import('chokidar');
  stop.throwIfAborted();
  const watcher = watch([...directories], { ignoreInitial: true });
  let cancel: () => void = () => {};
  const reload = async () => {
    try {
      await offerFolders(rules, directories);
    } catch (error) {
      logger.error('The rules cannot be read; the old ones stay in force', {
        ...loggedError(error),
      });
    }
  };
  watcher.on('all', () => {
    cancel();
    cancel = clock.after(STILL_MS, () => void reload());
  });
  watcher.on('error', (error) => logger.warn('The rules cannot be watched', { error: messageOf(error) }));
  const lookForMissed = async () => {
    while (await slept(clock, MISSED_MS, stop)) {
      if (rules.status.refused?.errors.some(({ code }) => MISSED.includes(code))) await reload();
    }
  };
  void lookForMissed();
  whenAborted(stop, () => {
    cancel();
    void watcher.close();
  });
  return () => void reload();
}

async function offerFolders(
  rules: LiveRules,
  directories: readonly string[],
  { isStart = false } = {},
): Promise<void> {
  let found: RuleFolders;
  try {
    found = await loadRuleFolders(directories, { isStart });
  } catch (error) {
    if (error instanceof RulesFolderError) return await rules.refuse(error);
    throw error;
  }
  await rules.offer(found.files, undefined, found.folders);
}

export interface ContainerSource {
  readonly blobs: BlobStore;
  readonly container: string;
  readonly pollMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Loads the rules of a container and looks for changes until stopped. Resolves when a first set is in force, that of the container or the last
 * good one, with what looks for changes at once.
 *
 * Throws RulesError, RulesEmptiedError, RuleContainerError, RulesHeldError, CheckpointError and BlobError when none can be.
 */
export async function followContainer(
  rules: LiveRules,
  { blobs, container, pollMs, clock, logger }: ContainerSource,
  stop: AbortSignal,
): Promise<LookAgain> {
  let signature: string | undefined;
  const look = async () => {
    let found: RuleContainer | undefined;
    try {
      found = await readRuleContainer(blobs, container, signature, { signal: stop });
    } catch (error) {
      if (!(error instanceof RuleContainerError)) throw error;
      // The files that were there before mend it, too.
      signature = undefined;
      return await rules.refuse(error);
    }
    if (!found) return;
    signature = found.signature;
    await rules.offer(found.files);
  };
  await look();
  const lookAgain = () =>
    look().catch((error: unknown) => {
      if (stop.aborted) return;
      logger.warn('The rules cannot be read; the old ones stay in force', {
        ...loggedError(error),
      });
    });
  const follow = async () => {
    while (await slept(clock, pollMs, stop)) await lookAgain();
  };
  void follow();
  return () => void lookAgain();
}
