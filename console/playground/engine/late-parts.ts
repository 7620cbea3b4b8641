/** The large parts of the engine that are loaded only where something asks for them. */
import type { SourceFile } from './messages.ts';
import type { RelayPart } from './relay.ts';
import { mappedShapeOf } from './wire.ts';

export interface Parts {
  /** What makes events of ECS and OCSF: mappings, schemas, and what they are checked with. */
  mappings(): Promise<void>;
  /** The engine of regular expressions. */
  patterns(): Promise<void>;
  /** The names of ATT&CK's techniques. */
  techniques(): Promise<void>;
  /** Signs the tokens with which a service account of Google's asks for others. */
  tokens(): Promise<void>;
  /** The patterns of user agents. */
  userAgents(): Promise<void>;
}

/** Where everything is loaded already: on Node. */
export const ALL_PARTS: Parts = {
  async mappings() {},
  async patterns() {},
  async techniques() {},
  async tokens() {},
  async userAgents() {},
};

/** Escapes of YAML's double-quoted strings that can stand for letters, or join the parts of a word. */
const ESCAPES = /\\(?:[xuU]|\r?\n)/;

/** Loads what these files and destinations need. A second call for what is there costs nothing. */
export async function neededParts(
  parts: Parts,
  files: readonly SourceFile[],
  relay: RelayPart | undefined,
): Promise<void> {
  // Behind YAML's escapes a word does not stand as it is read: "\x72e" is `re`.
  const anySays = (pattern: RegExp) => files.some(({ text }) => pattern.test(text) || ESCAPES.test(text));
  const isMapped =
    relay?.entries.some((entry) => mappedShapeOf(entry) !== undefined) ||
    files.some(({ path }) => path.startsWith('shapes/')) ||
    anySays(/\bshape\b/);
  const isPreset = relay?.entries.some(({ config }) => config.type === 'http_preset');
  await Promise.all([
    isMapped && parts.mappings(),
    (isPreset || anySays(/\bre\b|\bextract\b|\bredact\b/)) && parts.patterns(),
    anySays(/\battack\./i) && parts.techniques(),
    isPreset && parts.tokens(),
    anySays(/\buser_agent\b/) && parts.userAgents(),
  ]);
}
