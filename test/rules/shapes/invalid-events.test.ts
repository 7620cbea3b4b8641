/** The checks of both schemas refuse invalid events: 25 of each, one mistake in each. */
import { describe, expect, it } from 'vitest';
import { violationsOf } from '../../../src/rules/shapes/validate/violations.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/shared/json.ts';
import { compiled, eventOf, headOf } from './helpers.ts';

const ROW: JsonObject = {
  Timestamp: '2026-11-25T10:00:00.1234567Z',
  ActionType: 'ProcessCreated',
  DeviceId: 'd1',
  DeviceName: 'pc-042.contoso.com',
  ProcessId: 4711,
  FileName: 'cmd.exe',
  FolderPath: 'C:\\Windows\\System32\\cmd.exe',
  SHA256: 'a'.repeat(64),
  ProcessCommandLine: 'cmd.exe /c whoami',
  AccountName: 'alice',
  AccountUpn: 'alice@contoso.com',
  InitiatingProcessId: 42,
  InitiatingProcessFileName: 'explorer.exe',
};

const { shapes } = compiled();
const ecs = eventOf(shapes, 'ecs', ROW, headOf('DeviceProcessEvents'));
const ocsf = eventOf(shapes, 'ocsf', ROW, headOf('DeviceProcessEvents'));

/** The event with a value put at a path; undefined takes the path away. */
function changed(event: JsonObject, path: string, value: JsonValue | undefined): JsonObject {
  const [name = '', ...rest] = path.split('.');
  const before = Object.hasOwn(event, name) ? event[name] : undefined;
  const next = rest.length === 0 ? value : changed(isJsonObject(before) ? before : {}, rest.join('.'), value);
  const { [name]: _, ...others } = event;
  return next === undefined ? others : { ...others, [name]: next };
}

const INVALID_ECS: readonly (readonly [path: string, value: JsonValue | undefined])[] = [
  ['@timestamp', undefined],
  ['@timestamp', '25.11.2026 10:00'],
  ['@timestamp', 1_764_064_800_000],
  ['@timestamp', '2026-13-25T10:00:00Z'],
  ['ecs.version', undefined],
  ['event.kind', undefined],
  ['event.kind', 'incident'],
  ['event.category', 'process'],
  ['event.category', ['processes']],
  ['event.type', ['allowed']],
  ['event.type', []],
  ['event.outcome', 'ok'],
  ['event.severity', 'high'],
  ['process.pid', '4711'],
  ['process.pid', 4711.5],
  ['process.id', 4711],
  ['process.hash.sha512', ['a']],
  ['process.start', 'yesterday'],
  ['host.name', ['pc-042', 'pc-043']],
  ['host.ip', '10.0.0.1'],
  ['host.ip', ['10.0.0.256']],
  ['host.mac', ['00:11:22:33:44:55']],
  ['user.email', ''],
  ['device_name', 'pc-042'],
  ['microsoft', 'text'],
];

const INVALID_OCSF: readonly (readonly [path: string, value: JsonValue | undefined])[] = [
  ['class_uid', 4711],
  ['class_uid', undefined],
  ['category_uid', 6],
  ['activity_id', 77],
  ['activity_id', undefined],
  ['type_uid', 100_799],
  ['time', '2026-11-25T10:00:00Z'],
  ['time', undefined],
  ['severity_id', 9],
  ['severity_id', '1'],
  ['metadata', undefined],
  ['metadata.version', '1.7.0'],
  ['metadata.product', {}],
  ['metadata.profiles', 'host'],
  ['metadata.profiles', []],
  ['device', undefined],
  ['device.type_id', undefined],
  ['device.ip', '300.1.1.x'],
  ['actor', {}],
  ['process', { name: 'cmd.exe' }],
  ['process.file', { path: 'C:\\cmd.exe', type_id: 1 }],
  ['process.file.hashes', { algorithm_id: 3, value: 'a' }],
  ['process.user.email_addr', 'no address'],
  ['process.pid', 2 ** 40],
  ['src_endpoint', { ip: '10.0.0.1' }],
];

describe.each([
  ['ecs', ecs, INVALID_ECS],
  ['ocsf', ocsf, INVALID_OCSF],
] as const)('%s', (shape, valid, invalid) => {
  it('has a valid event to begin with', () => {
    expect(violationsOf(shape, valid)).toEqual([]);
  });

  it.each(invalid)('refuses %s = %j', (path, value) => {
    expect(violationsOf(shape, changed(valid, path, value)).length).toBeGreaterThan(0);
  });

  it.each([null, 7, 'text', []])('refuses %j', (value) => {
    expect(violationsOf(shape, value).length).toBeGreaterThan(0);
  });
});
