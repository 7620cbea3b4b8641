/** Keys that relay.yaml had once: what is said of them names what took their place. */
import type { Finding } from '../diagnostics/diagnostic.ts';

/** Of a destination. */
const OF_DESTINATIONS: ReadonlyMap<string, string> = new Map([
  [
    'digest_over',
    'remove it: alerts are grouped by their rule, and "group_by", "window", "repeat" and "grouping: off" say how, in an entry of "alerts", a route or a rule\'s own file (docs/alerts.md)',
  ],
]);

/** The finding, or one that says what took the key's place. */
export function withReplacement(finding: Finding): Finding {
  const { code, path } = finding;
  const [section, , key] = path;
  if (code !== 'unknown-key' || section !== 'destinations' || path.length !== 3) return finding;
  const hint = OF_DESTINATIONS.get(String(key));
  if (hint === undefined) return finding;
  return { ...finding, message: `"${String(key)}" is no key of a destination any more`, hint };
}
