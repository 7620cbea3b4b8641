/** Makes encodings whose key says all that their bytes depend on. */
import type { Encoding } from './port.ts';

/** What an encoding depends on: the kind, and values that have a JSON text. */
export interface EncodingSettings {
  /** Names the code that writes: the same for settings that are passed to the same `make`, and for no other. */
  readonly kind: string;
}

/** The encoding that `make` builds from these settings, which must not look at anything else. */
export function encodingBy<S extends EncodingSettings>(
  settings: S,
  make: (settings: S) => Encoding['write'],
  { separator = '\n' }: Partial<Pick<Encoding, 'separator'>> = {},
): Encoding {
  return {
    key: JSON.stringify([settings, separator]),
    separator,
    write: make(settings),
  };
}
