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
  hook: { type: webhook, url: 'https://hook.example', headers: { X-Key: '\${NOR_THIS}' }, auth: { type: bearer, token: '\${NOR_SUCH}' } }
  keyed: { type: webhook, url: 'https://hook.example', auth: { type: api_key, header: X-Api-Key, key: '\${NONE}' } }
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

  it("a header that no destination sets itself may be a route's", async () => {
    const route = '{ to: keyed, headers: { Authorization: own } }';
    expect(await ran(['rules', 'check'], 'main', route)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('no problems'),
    });
  });

  it.each([
    ['{ to: chat }', 'tells people, and this route has no severity'],
    ['{ to: chat, severity: low }', undefined],
    ['{ to: keyed }', undefined],
  ])('rows that people would be told of one by one are warned of: %s', async (route, warning) => {
    const { code, stdout } = await ran(['rules', 'check'], 'main', route);
    expect(code).toBe(0);
    if (warning === undefined) expect(stdout).not.toContain('route-without-severity');
    else expect(stdout).toContain(warning);
  });

  it('a topic by template is seen by tests, and gives way to the route', async () => {
    const topic = "{ template: 'defender-{Table|lower}', allowed: [defender-deviceinfo], default: defender }";
    const yaml = `storage: { account: contoso }
destinations:
  bus: { type: kafka, brokers: ['kafka.example:9093'], topic: ${topic} }
default_destinations: [bus]
`;
    const rules = (route: string, expected: string) => `table: DeviceInfo
routes:
  - ${route}
tests:
  - title: by table
    row: { MachineGroup: Clients }
    expect: { metadata: { bus: { topic: ${expected} } } }
`;
    for (const [route, expected] of [
      ['{ to: bus }', 'defender-deviceinfo'],
      ['{ to: bus, topic: devices }', 'devices'],
    ] as const) {
      const files = { 'relay.yaml': yaml, 'transforms/DeviceInfo.yaml': rules(route, expected) };
      const { stdout } = await run(['rules', 'test'], { cwd: await folderWith(files) });
      expect(stdout).toContain('1 passed');
    }
    const files = { 'relay.yaml': yaml, 'transforms/DeviceInfo.yaml': rules('{ to: bus, topic: a b }', 'x') };
    const { code, stdout } = await run(['rules', 'check'], { cwd: await folderWith(files) });
    expect([code, stdout]).toEqual([1, expect.stringContaining('topic')]);
  });

  it.each([
    ['{ to: hook, index: own }', 'the destination "hook" has no "index"'],
    ['{ to: chat, host: own }', 'the destination "chat" has no "host"'],
    ['{ to: hook, headers: { Authorization: own } }', '"auth" of the destination "hook" sets this header'],
    ['{ to: keyed, headers: { x-api-key: own } }', '"auth" of the destination "keyed" sets this header'],
  ])('a key that the destination does not have is a mistake: %s', async (route, message) => {
    const { code, stdout } = await ran(['rules', 'check'], 'main', route);
    expect([code, stdout]).toEqual([1, expect.stringContaining(message)]);
  });
});
