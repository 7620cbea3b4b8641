/** Products that speak HEC's protocol: what of their replies is believed, against receivers written from their pages. */
import { afterEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import {
  type HecReceiver,
  type HecReceiverOptions,
  startHecReceiver,
} from '../../lab/receivers/splunk-hec.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { splunkHecConfig } from '../../src/destinations/splunk-hec/config.ts';
import { splunkHec } from '../../src/destinations/splunk-hec/descriptor.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import { depsOf } from './deps.ts';
import { batchOf, envelope } from './samples.ts';

const TOKEN = '0a1b2c3d-0000-4000-8000-0123456789ab';
const signal = new AbortController().signal;

const entry = (url: string | readonly string[], over: Record<string, unknown> = {}) => ({
  type: 'splunk_hec',
  url,
  token: TOKEN,
  allow_networks: ['127.0.0.0/8'],
  ...over,
});

describe('A profile of HEC', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  async function start(over: Partial<HecReceiverOptions>): Promise<HecReceiver> {
    const receiver = await startHecReceiver({ token: TOKEN, store: true, ...over });
    closers.push(receiver.close);
    return receiver;
  }

  /** What becomes of a batch of two rows: `undefined` if it is accepted. */
  async function sent(url: string | readonly string[], over: Record<string, unknown> = {}): Promise<unknown> {
    const clock = new FakeClock(Date.now(), { sleepPasses: true });
    const config = splunkHecConfig.parse(entry(url, over));
    const destination = createDestination('d', config, depsOf(nodeHttpClient, clock));
    closers.unshift(() => destination.close());
    return destination.send(batchOf(destination, [envelope(1), envelope(2)]), signal).then(
      () => undefined,
      (error: unknown) => error,
    );
  }
  const crowdstrike = { profile: 'crowdstrike_ngsiem' };

  it('of CrowdStrike signs in with Bearer, at the path without /event', async () => {
    const paths: string[] = [];
    const receiver = await start({ profile: 'crowdstrike', fault: ({ path }) => void paths.push(path) });
    expect(await sent(receiver.origin, crowdstrike)).toBeUndefined();
    expect(receiver.counts.events).toBe(2);
    expect(paths).toEqual(['/services/collector']);
    expect(await sent(receiver.origin)).toMatchObject({ name: 'DestinationRefusedError' });
    expect(await sent(receiver.origin, { ...crowdstrike, auth_scheme: 'Splunk' })).toMatchObject({
      name: 'DestinationRefusedError',
      code: 'not_authorized',
    });
  });

  it('of CrowdStrike believes the status of a refusal, which has no code', async () => {
    const answers = async (status: number, body: string) =>
      sent((await start({ profile: 'crowdstrike', fault: () => ({ status, body }) })).origin, crowdstrike);
    expect(await answers(200, '{}')).toBeUndefined();
    expect(await answers(200, '{"text":"Success","code":0}')).toBeUndefined();
    for (const body of ['', 'ok', '<html>Sign in</html>', '[]', '"ok"', '{"text":"Server is busy","code":9}'])
      expect(await answers(200, body)).toMatchObject({ name: 'RetryableError' });
    expect(await answers(400, 'no')).toMatchObject({ name: 'RowsRefusedError', code: 'rows_refused' });
    expect(await answers(413, 'no')).toMatchObject({ name: 'RowsRefusedError', code: 'too_large' });
    expect(await answers(401, 'no')).toMatchObject({
      name: 'DestinationRefusedError',
      code: 'not_authorized',
    });
    expect(await answers(503, 'no')).toMatchObject({
      name: 'RetryableError',
      message: 'CrowdStrike answered 503: no',
    });
    expect(await sent((await start({ fault: () => ({ status: 200, body: '{}' }) })).origin)).toMatchObject({
      code: 'bad_reply',
    });
  });

  it('of CrowdStrike fails over without a health check, which it does not have', async () => {
    let isDown = true;
    const asked: string[] = [];
    const one = await start({
      profile: 'crowdstrike',
      fault: ({ path }) => {
        asked.push(path);
        return isDown ? { status: 503, body: 'no' } : undefined;
      },
    });
    const two = await start({ profile: 'crowdstrike' });
    const clock = new FakeClock(Date.now(), { sleepPasses: true });
    const config = splunkHecConfig.parse(entry([one.origin, two.origin], crowdstrike));
    const destination = createDestination('d', config, depsOf(nodeHttpClient, clock));
    closers.unshift(() => destination.close());
    const send = (n: number) => destination.send(batchOf(destination, [envelope(n)]), signal);
    for (let n = 0; n < 4; n++) await send(n).catch(() => {});
    const before = one.counts.events;
    expect([before, two.counts.events > 0]).toEqual([0, true]);
    isDown = false;
    clock.advance(60_000);
    for (let n = 4; n < 10; n++) {
      await send(n);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(one.counts.events).toBeGreaterThan(0);
    expect(new Set(asked)).toEqual(new Set(['/services/collector']));
  });

  it('of Cribl takes its code 0, and its back-pressure for a pause', async () => {
    const receiver = await start({ profile: 'cribl' });
    expect(await sent(receiver.origin, { profile: 'cribl' })).toBeUndefined();
    const busy = await start({ profile: 'cribl', condition: () => ({ server: 'busy' }) });
    expect(await sent(busy.origin, { profile: 'cribl' })).toMatchObject({
      name: 'RetryableError',
      code: 'busy',
      message: expect.stringMatching(/^Cribl answered 503 with code 9: Server is busy/),
    });
  });

  it.each([
    ['crowdstrike_ngsiem', 'left out: CrowdStrike gives no acknowledgements'],
    ['cribl', 'left out: Cribl acknowledges whatever it is asked for, whether it has the events or not'],
  ])('%s refuses acknowledgement, which would say nothing', (profile, message) => {
    const parsed = splunkHecConfig.safeParse(
      entry('https://hec.example', { profile, acknowledgement: true }),
    );
    expect(parsed.error?.issues).toEqual([expect.objectContaining({ path: ['acknowledgement'], message })]);
    expect(splunkHecConfig.safeParse(entry('https://hec.example', { profile })).success).toBe(true);
  });

  it('warns where acknowledgements are asked of Splunk Cloud', () => {
    const warningsFor = (url: string | readonly string[], acknowledgement: boolean) =>
      splunkHec.warnings?.(splunkHecConfig.parse(entry(url, { acknowledgement }))).length;
    expect(warningsFor('https://http-inputs-acme.splunkcloud.com', true)).toBe(1);
    expect(warningsFor(['https://hec.example', 'https://http-inputs.acme.splunkcloudgc.com'], true)).toBe(1);
    expect(warningsFor('https://http-inputs-acme.splunkcloud.com', false)).toBe(0);
    expect(warningsFor('https://splunkcloud.com.example', true)).toBe(0);
  });
});
