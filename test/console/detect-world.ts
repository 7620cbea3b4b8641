/** A real `serve` with its console, over Azurite, with Slack and rules whose texts are hostile: for the pages Rules, Alerts, Setup and the playground. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type ServeProcess, startServe } from '../../lab/serve.ts';
import { type AlertWorld, startAlertWorld } from '../support/alert-burst.ts';
import { HOSTILE_TEXT, UNBROKEN } from '../support/only-text.ts';

/** A file of the rules in force whose name, title, description and author are hostile. */
export const HOSTILE_FILE = `detections/${'<b onclick=alert(1)>'.repeat(4)} \u202e${UNBROKEN.slice(0, 100)}.yml`;

/** A rule's title as an attacker would write it. */
export const HOSTILE = '<img src=x onerror=alert(1)> \u202egpj.exe';

export interface DetectWorld {
  readonly alerts: AlertWorld;
  readonly serve: ServeProcess;
  /** The address of a page: `rules?show=never`. */
  url(page: string): string;
  /** Writes a rule file; undefined removes it. */
  rule(path: string, text: string | undefined): Promise<void>;
  /** Starts a second process over the same state. */
  another(): Promise<ServeProcess>;
  close(): Promise<void>;
}

export interface DetectOptions {
  /** What `console` of relay.yaml holds beside its port. */
  readonly console?: string;
  /** Variables that it names. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function startDetectWorld({
  console: more = 'rows: { show: true }',
  env = {},
}: DetectOptions = {}): Promise<DetectWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'xdr-relay-detect-'));
  const alerts = await startAlertWorld({ folder, by: 'webhook' });
  const { configFile, variables } = alerts;
  const yaml = await readFile(configFile, 'utf8');
  await writeFile(configFile, `${yaml}console: { port: 0, ${more} }\n`);
  const rule = async (path: string, text: string | undefined) => {
    const file = join(folder, 'transforms', path);
    if (text === undefined) return await rm(file, { force: true });
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  await rule(
    'detections/hostile.yml',
    `title: ${JSON.stringify(HOSTILE)}
id: 5d1c6f0e-0000-4000-8000-0000000000ff
tags: [attack.execution, attack.t1059.001]
logsource: { product: m365defender, category: DeviceProcessEvents }
detection: { program: { FileName: powershell.exe }, condition: program }
level: critical
`,
  );
  const quoted = JSON.stringify(HOSTILE_TEXT);
  await rule(
    HOSTILE_FILE,
    `title: ${quoted}
description: ${quoted}
author: ${quoted}
references: [${quoted}]
falsepositives: [${quoted}]
tags: [attack.t1059]
logsource: { product: m365defender, category: DeviceProcessEvents }
detection: { line: { ProcessCommandLine|contains: onerror }, condition: line }
level: medium
`,
  );
  const start = () => startServe({ configFile, env: { ...variables, ...env }, hasConsole: true });
  const serve = await start();
  const others: ServeProcess[] = [];
  return {
    alerts,
    serve,
    url: (page) => serve.console + page,
    rule,
    async another() {
      const other = await start();
      others.push(other);
      return other;
    },
    async close() {
      await Promise.all(others.map((other) => other.stop('SIGKILL')));
      await serve.stop('SIGTERM', 20_000);
      await alerts.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
