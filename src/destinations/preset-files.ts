/** What the readers of relay.yaml need to know of preset files, which describe products for a destination over HTTP. */
import { z } from 'zod';
import { httpPreset } from './http-preset/descriptor.ts';
import { presetSchema } from './http-preset/preset.ts';
import { presetNames } from './http-preset/shipped-presets.ts';

export { presetNames, presetSchema };

/** `type` of a destination that a preset describes. */
export const PRESET_TYPE: string = httpPreset.type;

/** Whether a value of `preset` is the path of a file, and not the name of a shipped preset. */
export function isPresetPath(value: string): boolean {
  return /[/\\]|\.ya?ml$/i.test(value);
}

/** The JSON Schema of preset files (draft 2020-12), for editors. */
export function presetJsonSchema(): object {
  return { title: 'xdr-relay preset', ...z.toJSONSchema(presetSchema, { io: 'input' }) };
}
