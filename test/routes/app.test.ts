import { describe, expect, it } from 'vitest';
import { silentLogger, silentMetrics } from '../../lab/silent.ts';
import { createApp } from '../../routes/app.ts';
import { requireAuthentication } from '../../routes/authentication.ts';
import type { Check } from '../../routes/health.ts';
import { QueueError } from '../../src/queue/errors.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { sources } from '../event-grid/samples.ts';
import { fixture } from './fixture.ts';

function appWith(checks: Readonly<Record<string, Check>>, metrics?: { render(): Promise<never> }) {
  return createApp({
    events: {
      queue: { send: async () => {} },
      sources,
      keys: [],
      allowedOrigins: [],
      bodyLimit: 1000,
      clock: systemClock,
      logger: silentLogger,
      metrics: silentMetrics,
    },
    health: { checks, clock: systemClock, logger: silentLogger, timeoutMs: 50 },
    metrics: metrics ?? {
      render: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
    },
    logger: silentLogger,
  });
}

describe('health', () => {
  it('is alive whatever the checks say', async () => {
    const app = appWith({ queue: () => Promise.reject(new Error('down')) });
    const response = await app.request('/healthz');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it('is ready when every check is', async () => {
    const response = await appWith({ queue: async () => {}, containers: async () => {} }).request('/readyz');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: 'ready',
      checks: { queue: { ok: true }, containers: { ok: true } },
    });
  });

  it('names the check that fails, shows our own message and no other', async () => {
    const app = appWith({
      queue: () => Promise.reject(new QueueError('queue_unavailable', 'The queue does not answer.')),
      containers: () => Promise.reject(new Error('https://account/?sig=secret')),
      broken: () => {
        throw new TypeError('secret');
      },
      fine: async () => {},
    });
    const response = await app.request('/readyz');
    expect(response.status).toBe(503);
    const body = await response.json();
    expect(body).toMatchObject({
      status: 'not_ready',
      checks: {
        queue: { ok: false, error: { code: 'queue_unavailable', message: 'The queue does not answer.' } },
        containers: { ok: false, error: { code: 'failed' } },
        broken: { ok: false },
        fine: { ok: true },
      },
    });
    expect(JSON.stringify(body)).not.toContain('secret');
  });

  it('does not wait for a check that hangs, and tells it to stop', async () => {
    let stopped = false;
    const hang: Check = (signal) =>
      new Promise(() => {
        signal.addEventListener('abort', () => {
          stopped = true;
        });
      });
    const response = await appWith({ queue: hang }).request('/readyz');
    expect(await response.json()).toMatchObject({ checks: { queue: { error: { code: 'timeout' } } } });
    expect(stopped).toBe(true);
  });
});

describe('the app', () => {
  it('serves figures as the renderer gives them', async () => {
    const response = await appWith({}).request('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
    expect(await response.text()).toBe('up 1\n');
  });

  it('answers unknown paths with 404 and errors with 500, without their message', async () => {
    expect((await fixture().app.request('/metrics')).status).toBe(404);
    const app = appWith({}, { render: () => Promise.reject(new Error('secret')) });
    const response = await app.request('/metrics?code=x');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});

describe('requireAuthentication', () => {
  const keys = ['a-key-that-is-long-enough'];

  it.each([
    ['keys', { keys }, { insecure: false, host: '0.0.0.0' }],
    ['keys and insecure', { keys }, { insecure: true, host: '0.0.0.0' }],
    ['insecure on 127.0.0.1', { keys: [] }, { insecure: true, host: '127.0.0.1' }],
    ['insecure on localhost', { keys: [] }, { insecure: true, host: 'localhost' }],
    ['insecure on ::1', { keys: [] }, { insecure: true, host: '::1' }],
  ])('lets the server start with %s', (_what, config, options) => {
    expect(() => requireAuthentication(config, options)).not.toThrow();
  });

  it.each([
    ['nothing', { insecure: false, host: '127.0.0.1' }, /server\.keys/],
    ['insecure on all addresses', { insecure: true, host: '0.0.0.0' }, /loopback only/],
    [
      'insecure on a name that begins like loopback',
      { insecure: true, host: '127.0.0.1.evil.example' },
      /loopback/,
    ],
    ['insecure on no address', { insecure: true, host: '' }, /loopback/],
  ])('stops it with %s', (_what, options, message) => {
    expect(() => requireAuthentication({ keys: [] }, options)).toThrow(message);
  });
});
