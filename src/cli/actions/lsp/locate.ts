/** Finds the relay.yaml and the rule files that an open document belongs to. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { environmentBeside } from '../../../hosts/node/config-file.ts';
import { messageOf } from '../../../shared/errors.ts';
import { type RelayRules, readRelayRules, relayRulesIn } from '../rules/context.ts';
import type { Disk } from './disk.ts';
import type { Setup } from './messages.ts';

/** What one or several open documents belong to. */
export interface Located {
  /** Equal for documents of the same project. */
  readonly key: string;
  /** The absolute path of relay.yaml. */
  readonly relay: string | undefined;
  /** The folders of rule files; undefined for what relay.yaml says. */
  readonly transforms: readonly string[] | undefined;
  /** A document outside of a folder that is laid out as rule files: only findings on it are shown. */
  readonly document: string | undefined;
}

export const RELAY_FILE = 'relay.yaml';

/** Looks documents up, and remembers for each relay.yaml the last text that could be read. */
export class Locator {
  readonly #setup: Setup;
  readonly #disk: Disk;
  readonly #relays = new Map<string, RelayRules>();

  constructor(setup: Setup, disk: Disk) {
    this.#setup = setup;
    this.#disk = disk;
  }

  /** The project of a document; undefined for a file that is neither relay.yaml nor a rule file. */
  async locate(path: string, text: string): Promise<Located | undefined> {
    const { config, transforms } = this.#setup;
    if (config !== undefined && (path === config || (await this.#holds(config, path))))
      return ofRelay(config);
    const root = this.#setup.roots.find((one) => isBelow(one, path));
    const folders = foldersAbove(path, root);
    for (const folder of folders) {
      const relay = join(folder, RELAY_FILE);
      if (path === relay) return ofRelay(relay);
      if ((await this.#exists(relay)) && (await this.#holds(relay, path))) return ofRelay(relay);
    }
    const given = transforms.find((one) => isBelow(one, path));
    if (given !== undefined)
      return { key: `folders ${transforms.join('|')}`, relay: undefined, transforms, document: undefined };
    const folder = folders.find((one) => basename(one) === 'transforms');
    if (folder !== undefined)
      return { key: `folder ${folder}`, relay: undefined, transforms: [folder], document: undefined };
    if (root === undefined || !looksLikeSigma(path, text) || !(await this.#exists(path))) return undefined;
    return { key: `document ${path}`, relay: undefined, transforms: undefined, document: path };
  }

  /** The rules' part of a relay.yaml; that of its last readable text if it cannot be read; undefined if it never could. */
  async relayRules(path: string): Promise<RelayRules | undefined> {
    try {
      const env = await environmentBeside(path, process.env);
      const open = this.#disk.open.get(path);
      const rules = open === undefined ? await readRelayRules(path, env) : relayRulesIn(open, path, env);
      this.#relays.set(path, rules);
      return rules;
    } catch (error) {
      // `config` reports it at its place.
      void messageOf(error);
      return this.#relays.get(path);
    }
  }

  async #holds(relay: string, path: string): Promise<boolean> {
    const rules = await this.relayRules(relay);
    const folders = rules?.transforms ?? [join(dirname(relay), 'transforms')];
    return folders.some((folder) => isBelow(folder, path));
  }

  async #exists(path: string): Promise<boolean> {
    if (this.#disk.open.has(path)) return true;
    return (await stat(path).catch(() => undefined))?.isFile() === true;
  }
}

function ofRelay(relay: string): Located {
  return { key: `relay ${relay}`, relay, transforms: undefined, document: undefined };
}

export function isBelow(folder: string, path: string): boolean {
  return path.startsWith(resolve(folder) + sep);
}

/** The folders around a file, up to and with the root; without a root, its own folder and five above. */
function foldersAbove(path: string, root: string | undefined): readonly string[] {
  const found: string[] = [];
  for (let at = dirname(path); dirname(at) !== at; at = dirname(at)) {
    found.push(at);
    if (root === undefined ? found.length > 5 : at === resolve(root)) break;
  }
  return found;
}

/** Whether a YAML file that lies anywhere is meant as a Sigma rule. Other programs' files must not be covered with mistakes. */
function looksLikeSigma(path: string, text: string): boolean {
  return /\.ya?ml$/i.test(path) && /^(?:logsource|correlation):/m.test(text) && /^title:/m.test(text);
}
