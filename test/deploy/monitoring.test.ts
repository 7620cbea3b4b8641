/** deploy/prometheus and deploy/grafana: every alarm is tested by promtool and leads into the runbook, and every query asks for metrics that there are. */
import { execFile, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { DASHBOARD } from '../../scripts/pages/dashboard.ts';
import { prometheusMetrics } from '../../src/hosts/node/metrics.ts';
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../src/shared/metrics.ts';

const ROOT = join(import.meta.dirname, '../..');
const RULES = 'deploy/prometheus/xdr-relay.rules.yaml';
const TESTS = ['deploy/prometheus/xdr-relay.test.yaml', 'deploy/prometheus/xdr-relay-days.test.yaml'];
const RUNBOOK = 'docs/operations.md';

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool)
  console.warn('promtool is missing: apt-get install prometheus. The alert rules are not tested.');
const run = promisify(execFile);
const textOf = (path: string) => readFile(join(ROOT, path), 'utf8');

const rulesFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string().startsWith('xdr-relay-'),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^XdrRelay[A-Z]/),
          expr: z.string(),
          for: z.string().optional(),
          labels: z.strictObject({ severity: z.enum(['info', 'warning', 'critical']) }),
          annotations: z.strictObject({
            summary: z.string(),
            description: z.string(),
            runbook_url: z.string(),
          }),
        }),
      ),
    }),
  ),
});
const testFile = z.object({
  tests: z.array(z.object({ name: z.string(), promql_expr_test: z.unknown().optional() })),
});

async function alerts() {
  return rulesFile.parse(parse(await textOf(RULES))).groups.flatMap(({ rules }) => rules);
}

/** The anchors of a page, as GitHub makes them from its headings. */
function anchorsOf(page: string): readonly string[] {
  const headings = page.replace(/^```.*?^```/gms, '').matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The metrics that a process has, those of Node included. */
async function knownMetrics(): Promise<ReadonlySet<string>> {
  const own = Object.keys({ ...COUNTERS, ...GAUGES });
  const times = Object.keys(HISTOGRAMS).flatMap((name) =>
    ['_bucket', '_sum', '_count'].map((end) => name + end),
  );
  const ofNode = (await prometheusMetrics({ process: true }).asJson()).map(({ name }) => name);
  return new Set([...own, ...times, ...ofNode]);
}

const metricsIn = (expr: string) => expr.match(/\bxdr_relay_\w+/g) ?? [];

describe('the alert rules', () => {
  it('ask for metrics that there are', async () => {
    const known = await knownMetrics();
    const asked = (await alerts()).flatMap(({ expr }) => metricsIn(expr));
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
    expect(asked.length).toBeGreaterThan(20);
  });

  it('lead to a section of the runbook each, which names them', async () => {
    const page = await textOf(RUNBOOK);
    const anchors = anchorsOf(page).map((anchor) => `${RUNBOOK}#${anchor}`);
    for (const { alert, annotations } of await alerts()) {
      expect([alert, anchors]).toEqual([alert, expect.arrayContaining([annotations.runbook_url])]);
      expect([alert, page.includes(`\`${alert}\``)]).toEqual([alert, true]);
    }
  });

  it('have a test of their own each', async () => {
    const files = (await Promise.all(TESTS.map(textOf))).map((text) => testFile.parse(parse(text)));
    const tested = files.flatMap(({ tests }) => tests).filter(({ promql_expr_test }) => promql_expr_test);
    expect(tested.map(({ name }) => name).sort()).toEqual((await alerts()).map(({ alert }) => alert).sort());
  });

  it.skipIf(!hasPromtool)(
    'are valid, and fire when they should and not before, by promtool',
    { timeout: 240_000 },
    async () => {
      await run('promtool', ['check', 'rules', join(ROOT, RULES)]);
      const files = TESTS.map((path) => join(ROOT, path));
      const { stdout, stderr } = await run('promtool', ['test', 'rules', ...files]);
      expect((stdout + stderr).match(/SUCCESS/g)).toHaveLength(files.length);
    },
  );
});

describe('the dashboard', () => {
  it('asks for metrics that there are, and says of each panel what it shows', async () => {
    const known = await knownMetrics();
    const panels = DASHBOARD.flatMap((row) => row.panels);
    const asked = panels.flatMap(({ queries }) => queries.flatMap(({ expr }) => metricsIn(expr)));
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
    for (const { title, description } of panels)
      expect([title, description]).toEqual([title, expect.stringMatching(/\.$/)]);
    expect(new Set(panels.map(({ title }) => title)).size).toBeGreaterThan(panels.length - 2);
  });

  it('has every gauge, and every histogram', () => {
    const asked = new Set(
      DASHBOARD.flatMap((row) =>
        row.panels.flatMap(({ queries }) => queries.flatMap(({ expr }) => metricsIn(expr))),
      ),
    );
    // What is for alarms alone, or for a single process.
    const elsewhere = [
      'xdr_relay_clock_offset_seconds',
      'xdr_relay_look_failed',
      'xdr_relay_tasks_running',
      'xdr_relay_task_seconds',
    ];
    const missing = Object.keys({ ...GAUGES, ...HISTOGRAMS }).filter(
      (name) => !asked.has(name) && !asked.has(`${name}_bucket`) && !elsewhere.includes(name),
    );
    expect(missing).toEqual([]);
  });
});
