/** How every message and hint is written, whatever it is about. */
import { expect } from 'vitest';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';

/** Lower case at the beginning, unless it is a name such as `DeviceEvents`; no full stop at the end. */
export function expectTheVoice(diagnostics: readonly Diagnostic[]): void {
  for (const { message, hint = 'x' } of diagnostics) {
    expect(message).toMatch(/^(?:[a-z0-9"]|\p{Lu}\w*\p{Lu})/u);
    expect(hint).toMatch(/^(?:[a-z0-9"]|\p{Lu}\w*\p{Lu}|Azure)/u);
    for (const text of [message, hint]) expect(text).not.toMatch(/[.!;:,]$/);
  }
}
