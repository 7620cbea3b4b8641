/** Hints on a destination of relay.yaml that means a preset: people take the product for a `type`, or misspell its name. */
import { PRESET_TYPE, presetNames } from '../destinations/preset-files.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import { didYouMean, nearest } from '../diagnostics/nearest.ts';
import { valueAt } from '../diagnostics/path.ts';
import type { Data } from '../diagnostics/yaml/data.ts';

/** A finding about `type` or `preset` of a destination, with what was meant. */
export function withPreset(finding: Finding, data: Data): Finding {
  const { path, code, hint } = finding;
  if (path.length !== 3 || path[0] !== 'destinations') return finding;
  const written = valueAt(data, path);
  if (typeof written !== 'string') return finding;
  if (path[2] === 'preset' && code === 'bad-format')
    return { ...finding, hint: didYouMean(written, presetNames()) };
  if (path[2] === 'type' && code === 'not-allowed') return { ...finding, hint: typeHint(written, hint) };
  return finding;
}

/** @param known what is near among the types, if anything. */
function typeHint(written: string, known: string | undefined): string {
  const plain = written.toLowerCase().replaceAll(/[- ]/g, '_');
  const meant = presetNames().includes(plain) ? plain : nearest(plain, presetNames())[0];
  if (meant !== undefined) return `${meant} is a preset: write type: ${PRESET_TYPE} and preset: ${meant}`;
  const names = presetNames().join(', ');
  return known ?? `type: ${PRESET_TYPE} sends to ${names} and, by a preset file, to other products`;
}
