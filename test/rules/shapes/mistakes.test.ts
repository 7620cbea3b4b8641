/** Mistakes in mapping files: each is an error, or a warning, at its place. */
import { describe, expect, it } from 'vitest';
import { compiled } from './helpers.ts';

interface Mistake {
  readonly shape: 'ecs' | 'ocsf';
  readonly text: string;
  readonly code: string;
  readonly line: number;
  readonly message: RegExp;
  /** What the path of the file ends with. Default: `DeviceProcessEvents`. */
  readonly name?: string;
}

const TABLE = 'table: DeviceProcessEvents\n';

const MISTAKES: Readonly<Record<string, Mistake>> = {
  'an unknown column': {
    shape: 'ecs',
    text: `${TABLE}columns:\n  FileNam: process.name\n`,
    code: 'unknown-column',
    line: 3,
    message: /no column "FileNam"/,
  },
  'an unknown ECS field': {
    shape: 'ecs',
    text: `${TABLE}columns:\n  FileName: process.nam\n`,
    code: 'unknown-field',
    line: 3,
    message: /no field "process.nam"/,
  },
  'an unknown OCSF attribute': {
    shape: 'ocsf',
    text: `${TABLE}columns:\n  FileName: process.nam\n`,
    code: 'unknown-field',
    line: 3,
    message: /no attribute "nam"/,
  },
  'an attribute of another class': {
    shape: 'ocsf',
    text: `${TABLE}columns:\n  FileName: src_endpoint.ip\n`,
    code: 'unknown-field',
    line: 3,
    message: /process_activity has no attribute "src_endpoint"/,
  },
  'an object in place of a member': {
    shape: 'ocsf',
    text: `${TABLE}columns:\n  FileName: process.user\n`,
    code: 'unknown-field',
    line: 3,
    message: /is an object/,
  },
  'a field set in place of a field': {
    shape: 'ecs',
    text: `${TABLE}columns:\n  FileName: process.hash\n`,
    code: 'unknown-field',
    line: 3,
    message: /is an object/,
  },
  'an unknown class': {
    shape: 'ocsf',
    text: `${TABLE}class: proces_activity\n`,
    code: 'unknown-class',
    line: 2,
    message: /no class is named/,
  },
  'a class in ECS': {
    shape: 'ecs',
    text: `${TABLE}class: process_activity\n`,
    code: 'unknown-class',
    line: 2,
    message: /ECS has no classes/,
  },
  'an unknown group': {
    shape: 'ecs',
    text: `${TABLE}use: [devices]\n`,
    code: 'unknown-group',
    line: 2,
    message: /no group is named "devices"/,
  },
  'a category that ECS lacks': {
    shape: 'ecs',
    text: `${TABLE}set:\n  event.category: [processes]\n`,
    code: 'bad-field-value',
    line: 3,
    message: /cannot be/,
  },
  'a type that the category lacks': {
    shape: 'ecs',
    text: `${TABLE}set:\n  event.type: [allowed]\n`,
    code: 'bad-field-value',
    line: 3,
    message: /none that event.category process has/,
  },
  'an activity that the class lacks': {
    shape: 'ocsf',
    text: `${TABLE}set:\n  activity_id: 77\n`,
    code: 'bad-field-value',
    line: 3,
    message: /cannot be 77/,
  },
  'text where a number belongs': {
    shape: 'ecs',
    text: `${TABLE}set:\n  event.severity: high\n`,
    code: 'bad-field-value',
    line: 3,
    message: /cannot be "high"/,
  },
  'a translation that the field cannot hold': {
    shape: 'ecs',
    text: `${TABLE}columns:\n  FileName:\n    to: event.outcome\n    values:\n      a: success\n      b: ok\n`,
    code: 'bad-field-value',
    line: 7,
    message: /cannot be "ok"/,
  },
  'another value that the field cannot hold': {
    shape: 'ocsf',
    text: `${TABLE}columns:\n  FileName: { to: severity_id, values: { a: 1 },\n    default: high }\n`,
    code: 'bad-field-value',
    line: 4,
    message: /cannot be "high"/,
  },
  'objects where text belongs': {
    shape: 'ecs',
    text: `${TABLE}columns:\n  FileName:\n    to: threat.technique.id\n    as: attacks\n`,
    code: 'bad-field-value',
    line: 5,
    message: /makes attack objects/,
  },
  'a member that the objects of a list lack': {
    shape: 'ocsf',
    text: `${TABLE}columns:\n  FileName:\n    to: device.network_interfaces\n    objects:\n      a: ipp\n`,
    code: 'unknown-field',
    line: 6,
    message: /have no "ipp"/,
  },
  'a column in a field that every event has filled': {
    shape: 'ocsf',
    text: `${TABLE}columns:\n  FileName: unmapped\n`,
    code: 'reserved-field',
    line: 3,
    message: /"unmapped" is filled/,
  },
  'a constant in a field that every event has filled': {
    shape: 'ecs',
    text: `${TABLE}set:\n  event.id: x\n`,
    code: 'reserved-field',
    line: 3,
    message: /"event.id" is filled/,
  },
  'a category that the shipped types do not go with': {
    shape: 'ecs',
    text: `${TABLE}set:\n  event.category: [file]\n`,
    code: 'bad-field-value',
    line: 3,
    message: /"start" is none that event.category file has/,
  },
  'an object to swap that ECS lacks': {
    shape: 'ecs',
    text: `${TABLE}swap:\n  - source\n  - destinaton\n`,
    code: 'unknown-field',
    line: 4,
    message: /no object "destinaton"/,
  },
  'an ActionType that the table lacks': {
    shape: 'ecs',
    text: `${TABLE}actions:\n  ProcessCreatd:\n    set: { event.type: [start] }\n`,
    code: 'unknown-action-type',
    line: 3,
    message: /"ProcessCreatd"/,
  },
  'an unknown field among constants': {
    shape: 'ecs',
    text: `${TABLE}set:\n  event.knd: event\n`,
    code: 'unknown-field',
    line: 3,
    message: /no field/,
  },
  'an unknown form': {
    shape: 'ecs',
    text: `${TABLE}columns:\n  FileName: { to: process.name, as: upper }\n`,
    code: 'not-allowed',
    line: 3,
    message: /as must be/,
  },
  'a placement without a field': {
    shape: 'ecs',
    text: `${TABLE}columns:\n  FileName: { as: lower }\n`,
    code: 'missing-key',
    line: 3,
    message: /to/,
  },
  'an unknown key': {
    shape: 'ecs',
    text: `${TABLE}column:\n  FileName: process.name\n`,
    code: 'unknown-key',
    line: 2,
    message: /column/,
  },
  'an unknown column in a condition': {
    shape: 'ecs',
    text: `${TABLE}columns:\n  FileName: { to: process.name, when: { a: { FileNam: x }, condition: a } }\n`,
    code: 'unknown-column',
    line: 3,
    message: /FileNam/,
  },
  'a condition without its search': {
    shape: 'ecs',
    text: `${TABLE}cases:\n  - title: x\n    when: { a: { FileName: x }, condition: b }\n`,
    code: 'unknown-part',
    line: 4,
    message: /b/,
  },
  'an unknown joined column': {
    shape: 'ecs',
    text: `${TABLE}columns:\n  FolderPath: { to: process.executable, join: { columns: [FileNam], separator: '\\' } }\n`,
    code: 'unknown-column',
    line: 3,
    message: /FileNam/,
  },
  'an unknown column of an action': {
    shape: 'ocsf',
    text: `${TABLE}actions:\n  OpenProcess:\n    columns: { FileNam: process.name }\n`,
    code: 'unknown-column',
    line: 4,
    message: /FileNam/,
  },
  'a file under another name': {
    shape: 'ecs',
    text: `${TABLE}`,
    code: 'file-name',
    line: 1,
    message: /is named "Other"/,
    name: 'Other',
  },
  'a table that nobody knows': {
    shape: 'ecs',
    text: 'table: DeviceProcesEvents\n',
    code: 'unknown-table',
    line: 1,
    message: /DeviceProcesEvents/,
    name: 'DeviceProcesEvents',
  },
};

describe('a mistake in a mapping file', () => {
  it.each(Object.entries(MISTAKES))(
    '%s',
    (_, { shape, text, code, line, message, name = 'DeviceProcessEvents' }) => {
      const path = `shapes/${shape}/${name}.yaml`;
      const { diagnostics } = compiled({ [path]: text });
      expect(diagnostics.map((one) => [one.code, one.file, one.span.line])).toContainEqual([
        code,
        path,
        line,
      ]);
      expect(diagnostics.some((one) => one.code === code && message.test(one.message))).toBe(true);
    },
  );

  it('is told once, however many tables use the group', () => {
    const text = 'groups:\n  device:\n    columns:\n      DeviceName: host.nam\n';
    const { diagnostics } = compiled({ 'shapes/ecs/groups.yaml': text });
    expect(diagnostics).toHaveLength(1);
  });
});

describe('the shipped files', () => {
  it('have no mistake', async () => {
    const { SHIPPED_MAPPINGS } = await import('../../../src/rules/shapes/shipped.ts');
    // A comment makes them the user's own, which are checked.
    const own = Object.entries(SHIPPED_MAPPINGS).map(([path, text]) => [path, `${text}# own\n`]);
    expect(compiled(Object.fromEntries(own)).diagnostics).toEqual([]);
  });
});
