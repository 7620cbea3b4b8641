import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAzureStateDocuments } from '../../src/checkpoints/documents-azure.ts';
import { breakerDocument } from '../../src/delivery/breaker.ts';
import { registerAlertTests } from '../relay/alerts/register-alert-tests.ts';
import { blobAccount } from './azure.ts';
import { type RelayOptions, rows, startRelay } from './relay.ts';

const STATE = `alerts-${crypto.randomUUID()}`;

registerAlertTests('Azure in workerd', async () => [
  createAzureStateDocuments(blobAccount().service, STATE),
  createAzureStateDocuments(blobAccount().service, STATE),
]);

type Relay = Awaited<ReturnType<typeof startRelay>>;
const open: Relay[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  for (const relay of open.splice(0)) await relay.close();
});

/** A relay that sends every row to Slack too, and what Slack was told. @param answer Slack's status for each message. */
async function startWithSlack(answer: () => number, options?: RelayOptions) {
  const relay = await startRelay(options);
  open.push(relay);
  const soc = 'soc: { type: slack, webhook_url: "$' + '{SLACK}" }';
  const yaml = String(Reflect.get(relay.env, 'XDR_RELAY_YAML'))
    .replace('destinations:\n', `destinations:\n  ${soc}\n`)
    .replace('default_destinations: [splunk, hook]', 'default_destinations: [splunk, soc]');
  Reflect.set(relay.env, 'XDR_RELAY_YAML', yaml);
  Reflect.set(relay.env, 'SLACK', 'https://hooks.slack.com/services/T/B/x');
  const told: string[] = [];
  const real = globalThis.fetch;
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (new URL(url).hostname !== 'hooks.slack.com') return real(input, init);
    const body =
      input instanceof Request ? await input.text() : String(await new Response(init?.body).text());
    const status = answer();
    if (status === 200) told.push(body);
    return new Response(status === 200 ? 'ok' : 'trouble', { status });
  });
  return { relay, told };
}

/** Has the cron trigger fire until people were told so much. What waits is held by leases, which Azurite ends in its own time. */
async function fireUntil(relay: Relay, isTold: () => boolean): Promise<void> {
  for (let times = 0; !isTold() && times < 60; times++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await relay.scheduled();
  }
}

describe('The Worker', () => {
  it('says what an invocation has folded at its end, in few messages', async () => {
    const { relay, told } = await startWithSlack(() => 200);
    const ofHost = (_: unknown, host: number) => rows(4 * host, 4 * host + 4, { DeviceName: `ws-${host}` });
    await relay.append(Array.from({ length: 50 }, ofHost).join(''));
    await relay.notify();
    await relay.work();
    // What stands for all other hosts waits for five seconds, so that it can list them.
    await fireUntil(relay, () => told.length >= 4);
    expect(told.length).toBe(4);
    expect(told.join()).toContain('×188');
    expect((await relay.hec.state()).arrived).toHaveLength(200);
  }, 180_000);

  it('has its cron trigger say what waits, also when nothing is left to read', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    let status = 503;
    const { relay, told } = await startWithSlack(() => status);
    await relay.append(rows(0, 10));
    await relay.notify();
    await relay.work();
    expect(told).toEqual([]);
    status = 200;
    // The trigger fires each minute; the message is tried again when its pause is over.
    await fireUntil(relay, () => told.length > 0);
    expect(told.length).toBeGreaterThan(0);
  }, 180_000);

  it('has its cron trigger tell people of the relay’s own troubles, once, and of their end', async () => {
    const yaml = 'operational: { to: [soc], settle: 0s }';
    const { relay, told } = await startWithSlack(() => 200, { yaml });
    const documents = createAzureStateDocuments(relay.service, relay.stateContainer);
    const since = Date.now() - 3_600_000;
    const record = {
      failures: 3,
      openUntil: Date.now() + 3_600_000,
      pause: 60_000,
      code: 'timeout',
      message: 'no answer',
      since,
      probedUntil: 0,
    };
    await relay.service.getContainerClient(relay.stateContainer).createIfNotExists();
    await documents.put(breakerDocument('splunk'), record, undefined);
    await relay.scheduled();
    expect(told).toEqual([expect.stringContaining('splunk is out of service')]);
    await relay.scheduled();
    expect(told).toHaveLength(1);
    await documents.remove(breakerDocument('splunk'));
    await relay.scheduled();
    expect(told.slice(1)).toEqual([expect.stringContaining('splunk is in service again')]);
  }, 60_000);
});
