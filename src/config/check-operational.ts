/** Checks who is told of troubles of the relay itself. */
import { descriptorOf } from '../destinations/list.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import { pathText } from '../diagnostics/path.ts';
import type { RelayConfig } from './schema.ts';

export function checkOperational({ operational: { to }, destinations }: RelayConfig): Finding[] {
  const found = to.flatMap((name, index): Finding[] => {
    const entry = Object.hasOwn(destinations, name) ? destinations[name] : undefined;
    if (entry === undefined) return [];
    const { audience, who } = descriptorOf(entry.type);
    if (audience === 'people') return [];
    const path = ['operational', 'to', index];
    const message = `${pathText(path)}: ${name} is for machines (${who}), and these messages are for people`;
    return [{ code: 'conflict', path, message }];
  });
  const [only, another] = to;
  if (only !== undefined && another === undefined) {
    found.push({
      severity: 'warning',
      code: 'told-by-itself',
      path: ['operational', 'to', 0],
      message: `nobody is told when ${only} itself is out of service`,
      hint: 'name a second destination for people under operational.to',
    });
  }
  return found;
}
