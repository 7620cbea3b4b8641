/** Hints on a destination of relay.yaml that means a preset. */
import { presetHint, typeHint } from '../destinations/preset-files.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import { valueAt } from '../diagnostics/path.ts';
import type { Data } from '../diagnostics/yaml/data.ts';

/** A finding about `type` or `preset` of a destination, with what was meant. */
export function withPreset(finding: Finding, data: Data): Finding {
  const { path, code, hint } = finding;
  if (path.length !== 3 || path[0] !== 'destinations') return finding;
  const written = valueAt(data, path);
  if (typeof written !== 'string') return finding;
  if (path[2] === 'preset' && code === 'bad-format') return { ...finding, hint: presetHint(written) };
  if (path[2] === 'type' && code === 'not-allowed') return { ...finding, hint: typeHint(written, hint) };
  return finding;
}
