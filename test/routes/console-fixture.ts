// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
import { z } from 'zod';
import { FakeClock } from '../../lab/clock/fake-clock.ts';
import { memoryPorts } from '../../lab/memory/ports.ts';
import { silentMetrics } from '../../lab/silent.ts';
import { createApp } from '../../routes/app.ts';
import type { ConsoleAssets } from '../../routes/console/deps.ts';
import { parseConfig } from '../../src/config/load.ts';
import type { EntraDeps } from '../../src/console/access/entra.ts';
import { readRing } from '../../src/console/audit/ring.ts';
import { AUDIT_VIEWS } from '../../src/console/audit/views.ts';
import { act, view } from '../../src/console/page.ts';
import { consoleDeps, consoleState, entraWhenNeeded } from '../../src/hosts/console.ts';
import { RelayError } from '../../src/shared/errors.ts';
import type { LogFields, Logger } from '../../src/shared/logger.ts';
import { sessionIn } from '../support/session-cookie.ts';

export const ENV = {
  KEY: 'a-key-of-the-endpoint',
  ANNA: 'the-console-key-of-anna',
  VERA: 'the-console-key-of-vera',
  CLIENT: 'a-client-secret-of-entra',
};

/** Anna may do everything, Vera may look. */
export const KEYS =
  'login: { keys: [{ name: anna, key: "${ANNA}", role: operator }, { name: vera, key: "${VERA}" }] }';

export function configOf(page: string, env: Readonly<Record<string, string>> = ENV) {
  const yaml = `storage: { account: contoso }
server: { keys: ["\${KEY}"] }
destinations: { hook: { type: webhook, url: "https://hook.example" } }
default_destinations: [hook]
console: { ${page} }
`;
  const { config, diagnostics } = parseConfig(yaml, 'relay.yaml', { ...ENV, ...env });
  if (!config?.console) throw new Error(JSON.stringify(diagnostics));
  return { config, page: config.console };
}

const FILES: Readonly<Record<string, string>> = {
  'index.html': '<!doctype html><title>xdr-relay</title>',
  'assets/index-4f1c.js': 'console.log(1)',
  'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
};

const files: ConsoleAssets = {
  async find(path) {
    const text = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
    return text === undefined ? undefined : { body: new Uint8Array(new TextEncoder().encode(text)) };
  },
};

const SECRET = 'a-secret-of-this-host';

/** A console with a view that counts how often it is read, and an act. */
export function consoleFixture(
  yaml: string,
  { assets = files, fetch: sends = fetch }: { assets?: ConsoleAssets; fetch?: EntraDeps['fetch'] } = {},
) {
  const clock = new FakeClock(Date.UTC(2026, 10, 27, 12));
  const lines: { readonly message: string; readonly fields: LogFields | undefined }[] = [];
  const log = (message: string, fields?: LogFields) => void lines.push({ message, fields });
  const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger };
  const memory = memoryPorts(clock);
  const { documents } = memory;
  const hanging: typeof documents = {
    ...documents,
    get: (name, signal) => (isHanging ? new Promise(() => {}) : documents.get(name, signal)),
  };
  const ports = { ...memory, documents: hanging };
  const services = { clock, logger, metrics: silentMetrics };
  const did: string[] = [];
  let reads = 0;
  let slow = 0;
  let stuck = 0;
  let isHanging = false;
  const views = [
    ...AUDIT_VIEWS,
    view({
      path: 'count',
      query: z.strictObject({ of: z.enum(['one', 'two']).optional() }),
      keptMs: 5_000,
      read: async () => ({ reads: ++reads }),
    }),
    view({
      path: 'slow',
      query: z.strictObject({}),
      keptMs: 0,
      read: (_, { signal }) => {
        slow += 1;
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        );
      },
    }),
    view({
      path: 'stuck',
      query: z.strictObject({}),
      keptMs: 0,
      read: () => {
        stuck += 1;
        return new Promise(() => {});
      },
    }),
    view({
      path: 'broken',
      query: z.strictObject({ how: z.enum(['ours', 'foreign', 'telling']) }),
      keptMs: 0,
      read: async ({ how }) => {
        if (how === 'telling') throw new RelayError('timeout', `Cannot reach https://x/${SECRET}`);
        if (how === 'ours') throw new RelayError('checkpoint_unreadable', 'A document is not JSON.');
        throw new Error('a secret of another library');
      },
    }),
  ];
  const acts = [
    act({
      path: 'things/reset',
      body: z.strictObject({ name: z.string().max(100) }),
      describe: ({ name }) => `resets ${name}`,
      run: async ({ name }, { viewer }) => {
        if (name === 'bad') throw new RelayError('unknown_destination', 'There is no destination bad.');
        did.push(`${viewer.name} ${name}`);
        return { done: true };
      },
    }),
  ];
  const state = consoleState(clock, { shares: true });
  const host = {
    version: '1.2.3',
    destinations: () => new Map(),
    rules: () => Promise.reject(new Error('none')),
    secrets: [SECRET],
    most: { letters: 1, ms: 1 },
  };
  const make = (text: string, env?: Readonly<Record<string, string>>) => {
    const { config, page } = configOf(text, env);
    const entra = entraWhenNeeded(config, { fetch: sends, clock });
    const deps = consoleDeps({ config, page, ports, services, host, assets, state, entra });
    return createApp({ console: { ...deps, views, acts }, logger });
  };
  let app = make(yaml);
  const origin = /public_url: "?([^",} ]+)/.exec(yaml)?.[1] ?? 'http://127.0.0.1:8030';
  const send = (path: string, init: RequestInit = {}) =>
    app.request(new Request(origin + path, init), undefined, { address: '192.0.2.7' });
  /** A change as the console's own page sends it, with headers replaced; undefined leaves one out. */
  const post = (path: string, body: unknown, headers: Record<string, string | undefined> = {}) => {
    const all = {
      host: new URL(origin).host,
      origin,
      'sec-fetch-site': 'same-origin',
      'content-type': 'application/json',
      ...headers,
    };
    const given = Object.entries(all).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    );
    return send(path, {
      method: 'POST',
      headers: Object.fromEntries(given),
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  };
  return {
    clock,
    lines,
    did,
    documents,
    origin,
    send,
    reads: () => reads,
    slow: () => slow,
    stuck: () => stuck,
    /** From now on the state does not answer. */
    hang: () => {
      isHanging = true;
    },
    /** Puts another configuration into force. */
    change(text: string, env?: Readonly<Record<string, string>>) {
      app = make(text, env);
    },
    get: (path: string, headers: Record<string, string> = {}) =>
      send(path, { headers: { host: new URL(origin).host, ...headers } }),
    post,
    /** Logs in with a key; resolves with the header `cookie` of the session. */
    async login(key: string): Promise<string> {
      const reply = await post('/console/login', { key });
      if (reply.status !== 200) throw new Error(await reply.text());
      return sessionIn(reply);
    },
    audit: () => readRing(documents),
  };
}
