/** What the console's pages on rules and on the setup need of Node: the rule files as they lie there now, and the doctor. */
import { resolve } from 'node:path';
import { ruleFolders } from '../../config/rule-context.ts';
import type { ConsoleHost } from '../../console/page.ts';
import { readRuleContainer } from '../../relay/rule-sets/rule-container.ts';
import { openDoctor } from './doctor.ts';
import { loadRuleFolders } from './rule-files.ts';

/** @param directory the absolute path of the folder that contains relay.yaml. */
export function detectHost(directory: string): Required<Pick<ConsoleHost, 'ruleFiles' | 'doctor'>> {
  return {
    async ruleFiles({ config, ports }, signal) {
      const container = config.transforms_container;
      if (container !== undefined) {
        const found = await readRuleContainer(ports.stateBlobs, container, undefined, { signal });
        return { place: `the container ${container}`, files: found?.files ?? [] };
      }
      const named = ruleFolders(config);
      const { files } = await loadRuleFolders(named.map((folder) => resolve(directory, folder)));
      return { place: named.join(', '), files };
    },
    doctor: ({ config, ports, services }, { send }) =>
      openDoctor({ config, directory, ports, clock: services.clock }, send),
  };
}
