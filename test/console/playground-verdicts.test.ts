/** The engine in Chromium says of generated rows and all shipped rules what it says on Node, down to each byte that a destination is sent. */
import { randomInt } from 'node:crypto';
import { glob, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../console/playground/engine/engine.ts';
import { ALL_PARTS } from '../../console/playground/engine/late-parts.ts';
import type { PlaygroundState } from '../../console/playground/engine/messages.ts';
import { createGenerator } from '../../lab/generator/generator.ts';
import { ROOT } from '../../scripts/root.ts';
import { hasBrowser, type OpenPage, openPage } from '../support/browser.ts';
import { runs } from '../support/runs.ts';
import { type StaticConsole, startStaticConsole } from './static-console.ts';

const TRANSFORMS = join(ROOT, 'transforms');
/** Rows of one run, and how many of them are looked at with all that became of them. */
const ROWS = 200;
const WHOLE = 15;

const RELAY = `destinations:
  splunk: { type: splunk_hec, url: https://splunk.example.com, token: "\${A}" }
  flat: { type: splunk_hec, url: https://splunk.example.com, token: "\${A}", shape: ocsf }
  elastic: { type: elastic, url: https://elastic.example.com, api_key: "\${B}" }
  otel: { type: otlp, url: https://collector.example.com }
  hook: { type: webhook, url: https://hook.example.com, secrets: ["\${C}"] }
  soc: { type: slack, webhook_url: "\${D}" }
  team: { type: teams, webhook_url: "\${E}" }
  on-call: { type: pagerduty, routing_key: "\${F}" }
default_destinations: [splunk, flat, elastic, otel]
alerts:
  - { levels: [informational, low, medium, high, critical], to: [splunk, hook, soc, team, on-call] }
variables: { HASH_KEY: a-key-of-at-least-32-characters-long }
`;

// As text: the types of the tests are those of Node.
const START = `(name) => {
  const worker = new Worker('/console/assets/' + name, { type: 'module' });
  const waiting = new Map();
  let next = 1;
  worker.addEventListener('message', ({ data }) => { waiting.get(data.id)(data); waiting.delete(data.id); });
  window.ask = (kind, of) => new Promise((resolve) => {
    const id = next++;
    waiting.set(id, resolve);
    worker.postMessage({ id, kind, ...of });
  });
}`;

let server: StaticConsole;
let opened: OpenPage;

describe.skipIf(!hasBrowser())('the engine in Chromium', () => {
  beforeAll(async () => {
    server = await startStaticConsole(() => ({ status: 404, body: {} }));
    opened = await openPage(server.url);
    // The engine of the console's page, which was built for all tests of the console.
    const assets = await readdir(join(ROOT, 'dist/console/assets'));
    const worker = assets.find((name) => /^worker-[\w-]+\.js$/.test(name));
    await opened.page.evaluate(`(${START})(${JSON.stringify(worker)})`);
  }, 120_000);
  afterAll(async () => {
    await opened.close();
    server.close();
  });

  const there = (kind: string, of: object) =>
    opened.page.evaluate(`ask(${JSON.stringify(kind)}, ${JSON.stringify(of)})`);

  it('says of all shipped rules and of generated rows what it says on Node', async () => {
    const files = await shippedFiles();
    const here = new Engine({ parts: ALL_PARTS });
    for (let run = 0; run < runs(1); run++) {
      const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
      const now = Date.parse('2026-11-26T08:00:00Z');
      const state: PlaygroundState = { files, relay: RELAY, rows: generated(seed + run, now), table: '' };
      const what = `SEED=${seed}`;
      const checked = await here.check({ state });
      expect(checked.version, JSON.stringify(checked.findings.slice(0, 3))).toBeDefined();
      expect(await there('check', { state }), what).toMatchObject({ answer: plain(checked) });
      const ran = await here.run({ state, now });
      expect(ran.rows).toHaveLength(ROWS);
      expect(await there('run', { state, now }), what).toMatchObject({ answer: plain(ran) });
      // Those that raise alerts first: most becomes of them.
      const order = ran.rows.toSorted((one, other) => other.alerts.length - one.alerts.length);
      for (const { n } of order.slice(0, WHOLE)) {
        const answer = await there('row', { n, now });
        expect(answer, `${what}, row ${n}`).toMatchObject({ answer: plain(await here.row({ n, now })) });
      }
    }
  }, 240_000);
});

function plain(value: unknown): object {
  return JSON.parse(JSON.stringify(value)) as object;
}

function generated(seed: number, start: number): string {
  let now = start;
  const generator = createGenerator({
    seed,
    attackEvery: 150,
    now: () => {
      now += 137;
      return now;
    },
  });
  return Array.from({ length: ROWS }, () => generator.next().line.toString()).join('');
}

async function shippedFiles(): Promise<PlaygroundState['files']> {
  const files: { path: string; text: string }[] = [];
  for await (const name of glob('**/*.{yaml,yml,csv,txt}', { cwd: TRANSFORMS })) {
    files.push({ path: name.replaceAll('\\', '/'), text: await readFile(join(TRANSFORMS, name), 'utf8') });
  }
  return files;
}
