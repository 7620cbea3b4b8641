/** The large parts of the engine that are loaded only where something asks for them. */
import type { SourceFile } from './messages.ts';
import type { RelayPart } from './relay.ts';
import { mappedShapeOf } from './wire.ts';

export interface Parts {
  /** The mappings and the schemas of ECS and OCSF. */
  mappings(): Promise<void>;
  /** The engine of regular expressions. */
  patterns(): Promise<void>;
  /** The names of ATT&CK's techniques. */
  techniques(): Promise<void>;
  /** The patterns of user agents. */
  userAgents(): Promise<void>;
}

/** Where everything is loaded already: on Node. */
export const ALL_PARTS: Parts = {
  async mappings() {},
  async patterns() {},
  async techniques() {},
  async userAgents() {},
};

/** Loads what these files and destinations need. A second call for what is there costs nothing. */
export async function neededParts(
  parts: Parts,
  files: readonly SourceFile[],
  relay: RelayPart | undefined,
): Promise<void> {
  const isMapped =
    relay?.entries.some((entry) => mappedShapeOf(entry) !== undefined) ||
    files.some(({ path, text }) => path.startsWith('shapes/') || /\bshape\b/.test(text));
  const anySays = (pattern: RegExp) => files.some(({ text }) => pattern.test(text));
  const isPreset = relay?.entries.some(({ config }) => config.type === 'http_preset');
  await Promise.all([
    isMapped && parts.mappings(),
    (isPreset || anySays(/\bre\b|\bextract\b|\bredact\b/)) && parts.patterns(),
    anySays(/\battack\./i) && parts.techniques(),
    anySays(/\buser_agent\b/) && parts.userAgents(),
  ]);
}
