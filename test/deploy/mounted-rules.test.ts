/** Rules from ConfigMaps, mounted as the component "rules" mounts them: links into a folder that the kubelet replaces as a whole. */
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMemoryStateDocuments } from '../../lab/memory/state-documents.ts';
import { silentLogger, silentMetrics } from '../../lab/silent.ts';
import { followFolders } from '../../src/hosts/node/rules.ts';
import { LiveRules } from '../../src/relay/rule-sets/live-rules.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { writeVolume } from '../support/kubelet.ts';

const RULES = join(import.meta.dirname, '../../deploy/kubernetes/components/rules/transforms');

let folder: string;
let stop: AbortController;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'xdr-relay-mounted-'));
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await rm(folder, { recursive: true, force: true });
});

function liveRules(): LiveRules {
  return new LiveRules({
    host: { kind: 'node', name: 'pod:1' },
    context: { destinations: ['splunk'], defaultDestinations: ['splunk'], alerts: [], variables: {} },
    strict: false,
    documents: createMemoryStateDocuments(),
    clock: systemClock,
    logger: silentLogger,
    metrics: silentMetrics,
  });
}

it('are read once, and again when a ConfigMap changes', async () => {
  const table = await readFile(join(RULES, 'DeviceProcessEvents.yaml'), 'utf8');
  const detection = await readFile(join(RULES, 'detections/finger_download.yml'), 'utf8');
  await writeVolume(folder, { 'DeviceProcessEvents.yaml': table });
  await writeVolume(join(folder, 'detections'), { 'finger_download.yml': detection });
  const rules = liveRules();
  await followFolders(rules, [folder], { clock: systemClock, logger: silentLogger }, stop.signal);
  const first = rules.current().version;

  // The same files without links are the same rules: nothing was read twice.
  const plain = join(folder, '.plain');
  await cp(RULES, plain, { recursive: true });
  const other = new AbortController();
  const alike = liveRules();
  await followFolders(alike, [plain], { clock: systemClock, logger: silentLogger }, other.signal);
  other.abort();
  expect(alike.current().version).toBe(first);

  for (const name of ['MsSense.exe', 'SenseCncProxy.exe']) {
    const before = rules.current().version;
    await writeVolume(folder, { 'DeviceProcessEvents.yaml': table.replaceAll('SenseNdr.exe', `x-${name}`) });
    await vi.waitFor(() => expect(rules.current().version).not.toBe(before), {
      timeout: 20_000,
      interval: 50,
    });
  }
});
