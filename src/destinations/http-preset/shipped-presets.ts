/** The presets that come with the relay: the files of `presets/`. */

import { SHIPPED_PRESETS } from '../preset-data.ts';
import { type Preset, presetSchema } from './preset.ts';

const known = new Map<string, Preset>();

/** Names for `preset`, in the order of the alphabet. */
export function presetNames(): readonly string[] {
  return Object.keys(SHIPPED_PRESETS);
}

/** A shipped preset; undefined for another name. */
export function shippedPreset(name: string): Preset | undefined {
  if (!Object.hasOwn(SHIPPED_PRESETS, name)) return undefined;
  const preset = known.get(name) ?? presetSchema.parse(SHIPPED_PRESETS[name]);
  known.set(name, preset);
  return preset;
}

/** What an entry of `destinations:` names, or has itself. */
export interface PresetChoice {
  readonly preset: string | Preset;
}

/** The preset of an entry; undefined where the name is of none. */
export function presetOf({ preset }: PresetChoice): Preset | undefined {
  return typeof preset === 'string' ? shippedPreset(preset) : preset;
}
