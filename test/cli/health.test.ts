// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax
/** `xdr-relay health` against servers that answer as a relay does, and against such as do not. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenOnLoopback } from '../../lab/receivers/loopback.ts';
import { runHealth } from '../../src/cli/actions/health.ts';
import { monitoringAddress } from '../../src/config/monitoring-address.ts';
import { relayConfigSchema } from '../../src/config/schema.ts';
import { captured } from './captured.ts';
import { run, runProcess } from './run.ts';

let folder: string;
let server: Server;
let asked: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-health-'));
  asked = [];
});
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Listens, and writes a relay.yaml with that port. */
async function relayThat(answers: RequestListener, more = ''): Promise<number> {
  server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.authorization ?? '-'}`);
    answers(request, response);
  });
  const port = await listenOnLoopback(server);
  await writeFile(join(folder, 'relay.yaml'), `monitoring: { port: ${port}${more} }\n`);
  return port;
}

async function ask(
  options: { readonly ready?: boolean; readonly port?: number; readonly timeout?: number } = {},
) {
  const out = captured();
  const config = join(folder, 'relay.yaml');
  const code = await runHealth({ config, ready: false, port: undefined, timeout: 5_000, ...options }, out);
  return { code, said: out.text(), noted: out.notes() };
}

describe('xdr-relay health', () => {
  it('succeeds when /healthz answers', async () => {
    const port = await relayThat((_, response) => response.end('{"status":"ok"}'));
    expect(await ask()).toEqual({ code: 0, said: `The relay at 127.0.0.1:${port} runs`, noted: '' });
    expect(asked).toEqual(['/healthz -']);
  });

  it('says what is not ready', async () => {
    const port = await relayThat((_, response) => {
      response.statusCode = 503;
      response.end(
        JSON.stringify({
          status: 'not_ready',
          checks: {
            start: {
              ok: false,
              ms: 1,
              error: { code: 'unauthorized', message: 'Azure answered 403\u001b[2J' },
            },
            queue: { ok: true, ms: 2 },
          },
        }),
      );
    });
    const noted = `The relay at 127.0.0.1:${port} is not ready: start: Azure answered 403\ufffd[2J`;
    expect(await ask({ ready: true })).toEqual({ code: 1, said: '', noted });
    expect(asked).toEqual(['/readyz -']);
  });

  it.each([
    ['', 'answered 503'],
    ['<html>', 'answered 503'],
    ['{"checks":7}', 'answered 503'],
  ])('fails for 503 with the body %j', async (body, noted) => {
    await relayThat((_, response) => {
      response.statusCode = 503;
      response.end(body);
    });
    expect((await ask({ ready: true })).noted).toMatch(new RegExp(`${noted}$`));
  });

  it('gives the first key of monitoring.keys for --ready', async () => {
    const port = await relayThat((_, response) => response.end('{}'));
    await writeFile(
      join(folder, '.env'),
      'MONITORING_KEY_1=0123456789abcdef\nSTORAGE=UseDevelopmentStorage=true\n',
    );
    await writeFile(
      join(folder, 'relay.yaml'),
      `storage: { connection_string: "\${STORAGE}" }
monitoring: { port: ${port}, keys: ["\${MONITORING_KEY_1}"] }
destinations: { archive: { type: file, path: archive.jsonl } }
default_destinations: [archive]
`,
    );
    expect(await ask()).toMatchObject({ code: 0 });
    expect(await run(['health', '--ready'], { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
    expect(asked).toEqual(['/healthz -', '/readyz Bearer 0123456789abcdef']);
  });

  it('fails when nothing listens', async () => {
    const port = await relayThat(() => {});
    server.close();
    const noted = `The relay at 127.0.0.1:${port} cannot be reached (ECONNREFUSED)`;
    expect(await ask()).toEqual({ code: 1, said: '', noted });
  });

  it('fails when the process takes the connection and never answers', async () => {
    const port = await relayThat(() => {});
    const noted = `The relay at 127.0.0.1:${port} did not answer within 100 ms`;
    expect(await ask({ timeout: 100 })).toEqual({ code: 1, said: '', noted });
  });

  it('fails when the answer does not end', async () => {
    await relayThat((_, response) => {
      response.write('x'.repeat(200_000));
    });
    expect(await ask({ timeout: 100 })).toMatchObject({ code: 1 });
  });

  it('asks the port that it is given', async () => {
    const port = await relayThat((_, response) => response.end('{}'));
    await writeFile(join(folder, 'relay.yaml'), 'monitoring: { port: 0 }\n');
    await expect(ask()).rejects.toMatchObject({ code: 'port_unknown' });
    expect(await ask({ port })).toMatchObject({ code: 0 });
  });

  it('does not load the SDK of Azure', async () => {
    await relayThat((_, response) => response.end('{}'));
    const hooks = join(folder, 'hooks.mjs');
    await writeFile(
      hooks,
      `import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) { process.stderr.write(url + '\\n'); return next(url, context); } });
`,
    );
    const env = { NODE_OPTIONS: `--import=${pathToFileURL(hooks)}` };
    // From the sources, whose files have names.
    const command = join(import.meta.dirname, '../../bin/xdr-relay.js');
    const { code, stderr } = await runProcess(['health'], { cwd: folder, env, command });
    expect(code).toBe(0);
    expect(stderr).toContain('/src/config/monitoring-address.ts');
    expect(stderr.split('\n').filter((url) => /@azure|undici|src\/destinations/.test(url))).toEqual([]);
  });
});

describe('monitoringAddress', () => {
  const of = (text: string | undefined, env = {}) => monitoringAddress(text, env);

  it('has the defaults of the schema', () => {
    const { monitoring } = relayConfigSchema.parse({
      storage: { account: 'contoso' },
      destinations: { archive: { type: 'file', path: 'archive.jsonl' } },
    });
    const { host, port } = monitoring;
    expect(of('storage: { account: contoso }')).toEqual({ host, port, hasKeys: false });
  });

  it.each([
    ['0.0.0.0', '127.0.0.1'],
    ['::', '::1'],
    ['10.0.0.4', '10.0.0.4'],
  ])('asks a relay that listens on %s at %s', (host, asks) => {
    expect(of(`monitoring: { host: "${host}" }`).host).toBe(asks);
  });

  it('fills in variables', () => {
    const text = 'monitoring: { host: "${HOST}", port: "${PORT}", keys: ["${KEY}"] }';
    const env = { HOST: '10.0.0.4', PORT: '9500', KEY: 'x' };
    expect(of(text, env)).toEqual({ host: '10.0.0.4', port: 9500, hasKeys: true });
  });

  it.each([
    undefined,
    '',
    'monitoring: [',
    'monitoring: 7',
    'monitoring: { port: 99999, host: 4, keys: x }',
    'monitoring: { port: "${MISSING}", host: "${MISSING}" }',
    '- a list',
  ])('takes the defaults of %j', (text) => {
    expect(of(text)).toEqual({ host: '127.0.0.1', port: 9464, hasKeys: false });
  });
});
