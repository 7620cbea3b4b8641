import { describe, expect, it } from 'vitest';
import { silentLogger, silentMetrics } from '../../lab/silent.ts';
import { createApp } from '../../routes/app.ts';
import { requireAuthentication } from '../../routes/authentication.ts';
import type { Check } from '../../routes/health.ts';
import { createKeptAnswers } from '../../routes/kept-answers.ts';
import type { MonitoringDeps } from '../../routes/monitoring.ts';
import { QueueError } from '../../src/queue/errors.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { sources } from '../event-grid/samples.ts';
import { fixture } from './fixture.ts';

function appWith(checks: Readonly<Record<string, Check>>, over: Partial<MonitoringDeps> = {}) {
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
    monitoring: {
      kept: createKeptAnswers({ clock: systemClock, shares: true }),
      ...over,
      checks,
      clock: systemClock,
      logger: silentLogger,
      timeoutMs: 50,
      metrics: over.metrics ?? {
        render: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
      },
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

  it('asks the account once for a thousand who ask at the same time, and not at all while it starts', async () => {
    let asked = 0;
    let started = false;
    const app = appWith(
      {
        queue: async () => {
          asked += 1;
        },
      },
      {
        start: async () => {
          if (!started) throw new QueueError('queue_unavailable', 'The queue does not answer.');
        },
      },
    );
    const all = () =>
      Promise.all(Array.from({ length: 1_000 }, async () => (await app.request('/readyz')).status));
    expect(new Set(await all())).toEqual(new Set([503]));
    expect(asked).toBe(0);
    started = true;
    expect(new Set(await all())).toEqual(new Set([200]));
    expect(asked).toBe(1);
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

  it.each(['/metrics', '/readyz'])(
    'opens %s with a right key only, and /healthz to everybody',
    async (path) => {
      const key = 'a-key-of-those-who-watch';
      const app = appWith({}, { keys: [key, 'another-key-of-theirs'] });
      const missing = await app.request(path);
      expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect((await app.request(path, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
      expect((await app.request(path, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
      expect((await appWith({}, { keys: [] }).request(`${path}?code=x`)).status).toBe(401);
      expect((await app.request('/healthz')).status).toBe(200);
    },
  );

  it('answers unknown paths with 404 and errors with 500, without their message', async () => {
    for (const path of ['/metrics', '/readyz']) {
      expect((await fixture().app.request(path)).status).toBe(404);
    }
    const app = appWith({}, { metrics: { render: () => Promise.reject(new Error('secret')) } });
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
