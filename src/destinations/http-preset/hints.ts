/** What is said where relay.yaml means a preset: people take the product for a `type`, or misspell its name. */
import { didYouMean, nearest } from '../../diagnostics/nearest.ts';
import { presetNames } from './shipped-presets.ts';

/** The hint on a `type` that there is not. @param known what is near among the types, if anything. */
export function typeHint(written: string, known: string | undefined): string {
  const plain = written.toLowerCase().replaceAll(/[- ]/g, '_');
  const meant = presetNames().includes(plain) ? plain : nearest(plain, presetNames())[0];
  if (meant !== undefined) return `${meant} is a preset: write type: http_preset and preset: ${meant}`;
  const names = presetNames().join(', ');
  return known ?? `type: http_preset sends to ${names} and, by a preset file, to other products`;
}

/** The hint on a `preset` that there is not. */
export function presetHint(written: string): string | undefined {
  return didYouMean(written, presetNames());
}
