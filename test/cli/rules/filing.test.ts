/** The commands on rules see what relay.yaml says of index, channel and headers, without any secret. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { describe, expect, it } from 'vitest';
import { run } from '../run.ts';
import { folderWith } from './support.ts';

const TEMPLATE = "{ template: 'd_{MachineGroup|slug}', allowed: [d_clients], default: d_other }";

function relay(index: string): string {
  return `storage: { account: contoso }
destinations:
  splunk: { type: splunk_hec, url: 'https://splunk.example', token: '\${NOBODY_SET_THIS}', index: ${index} }
  hook: { type: webhook, url: 'https://hook.example', headers: { X-Key: '\${NOR_THIS}' } }
  chat: { type: slack, token: '\${NOR_THAT}', channel: C0123456789 }
default_destinations: [splunk]
`;
}

function table(route: string): string {
  return `table: DeviceInfo
routes:
  - ${route}
tests:
  - title: by group
    row: { MachineGroup: Clients }
    expect: { metadata: { splunk: { index: d_clients } } }
`;
}

async function ran(args: readonly string[], index: string, route: string) {
  const files = { 'relay.yaml': relay(index), 'transforms/DeviceInfo.yaml': table(route) };
  return run(args, { cwd: await folderWith(files) });
}

describe('what relay.yaml says of index, channel and headers', () => {
  it.each([
    ['is seen by tests', TEMPLATE, '{ to: splunk }', 0],
    ['is seen beside what the route says', TEMPLATE, '{ to: splunk, sourcetype: own }', 0],
    ['counts as absent where it is wrong', '{ template: 7 }', '{ to: splunk }', 1],
    ['gives way to the route', TEMPLATE, '{ to: splunk, index: own }', 1],
  ])('%s', async (_, index, route, code) => {
    const { code: found, stdout } = await ran(['rules', 'test'], index, route);
    expect([found, stdout]).toEqual([code, expect.stringContaining(`${1 - code} passed`)]);
  });

  it.each([
    ['{ to: hook, index: own }', 'the destination "hook" has no "index"'],
    ['{ to: chat, host: own }', 'the destination "chat" has no "host"'],
  ])('a key that the destination does not have is a mistake: %s', async (route, message) => {
    const { code, stdout } = await ran(['rules', 'check'], 'main', route);
    expect([code, stdout]).toEqual([1, expect.stringContaining(message)]);
  });
});
