/** The Splunk add-on: its files are well-formed, its expressions find the fields that the data models of CIM ask for, in rows as Defender writes them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { textOf } from '../../lab/delivery.ts';
import { createGenerator } from '../../lab/generator/generator.ts';
import { createDestination } from '../../src/destinations/create.ts';
import { destinationSchema } from '../../src/destinations/list.ts';
import { nodeHttpClient } from '../../src/hosts/node/http.ts';
import type { JsonObject } from '../../src/shared/json.ts';
import { depsOf } from '../destinations/deps.ts';
import { alert, deliveryOf } from '../destinations/samples.ts';

const FOLDER = join(import.meta.dirname, '../../deploy/splunk/TA-xdr-relay');
const SOURCETYPE = 'mscs:azure:eventhub:defender:advancedhunting';

type Stanzas = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Reads a .conf file: stanzas of `key = value`; a line that ends in a backslash goes on. Throws on anything else. */
function conf(name: string): Stanzas {
  const text = readFileSync(join(FOLDER, 'default', name), 'utf8').replaceAll(/\\\n/g, '');
  const stanzas = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const stanza = /^\[(.+)\]$/.exec(line)?.[1];
    if (stanza !== undefined) {
      if (stanzas.has(stanza)) throw new Error(`${name}: [${stanza}] twice`);
      current = new Map();
      stanzas.set(stanza, current);
      continue;
    }
    const [, key = '', value = ''] = /^([\w.:-]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (key === '' || !current) throw new Error(`${name}: ${line}`);
    if (current.has(key)) throw new Error(`${name}: ${key} twice`);
    current.set(key, value);
  }
  return stanzas;
}

const props = conf('props.conf').get(SOURCETYPE) ?? new Map<string, string>();
const transforms = conf('transforms.conf');
const eventtypes = conf('eventtypes.conf');
const tags = conf('tags.conf');

const lookup = readFileSync(join(FOLDER, 'lookups/xdr_relay_cim.csv'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => line.split(','));

/** The fields that the search head would add to a row's text, in Splunk's order: transforms, aliases, lookup. */
function fieldsOf(
  raw: string,
  indexed: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const row = JSON.parse(raw) as { category: string; properties: JsonObject };
  const found: Record<string, string> = { ...indexed, category: row.category };
  for (const [name, value] of Object.entries(row.properties)) {
    if (value !== null && value !== '') found[`properties.${name}`] = String(value);
  }
  for (const [key, list] of props) {
    if (!key.startsWith('REPORT-')) continue;
    for (const name of list.split(/,\s*/)) {
      const stanza = transforms.get(name);
      const { field, value } = extracted(stanza, raw);
      if (value !== undefined) found[field] ??= value;
    }
  }
  for (const [key, list] of props) {
    if (!key.startsWith('FIELDALIAS-')) continue;
    for (const [, from = '', to = ''] of list.matchAll(/(\S+) ASNEW (\S+)/g)) {
      const value = found[from];
      if (value !== undefined) found[to] ??= value;
    }
  }
  addLookup(found);
  return found;
}

/** What a transform finds in a row's text: its group, or the constant that FORMAT has in its place. */
function extracted(stanza: ReadonlyMap<string, string> | undefined, raw: string) {
  const [field = '', format = ''] = (stanza?.get('FORMAT') ?? '').split('::');
  const group = new RegExp(stanza?.get('REGEX') ?? '').exec(raw)?.[1];
  return { field, value: group === undefined || format === '$1' ? group : format };
}

/** Adds what the row of the lookup that matches first says, where the event has no such field. */
function addLookup(found: Record<string, string>): void {
  const [header = [], ...rows] = lookup;
  const { inputs, outputs } = lookupOf(props.get('LOOKUP-xdr_relay_cim') ?? '');
  const match = rows.find((row) =>
    inputs.every(({ column, field }) => {
      const at = header.indexOf(column);
      const value = found[field];
      return at >= 0 && value !== undefined && wildcard(row[at] ?? '').test(value);
    }),
  );
  for (const { column, field } of outputs) {
    const value = match?.[header.indexOf(column)] ?? '';
    if (value !== '') found[field] ??= value;
  }
}

interface LookupField {
  /** In the lookup's table. */
  readonly column: string;
  /** In the event. */
  readonly field: string;
}

/** Splunk's props.conf.spec: `LOOKUP-<class> = $TRANSFORM (<match_field> (AS <match_field_in_event>)?)+ OUTPUTNEW ...`. */
function lookupOf(text: string): {
  readonly inputs: readonly LookupField[];
  readonly outputs: readonly LookupField[];
} {
  const fields = (part: string) =>
    [...part.matchAll(/([^\s,]+)(?:\s+AS\s+([^\s,]+))?/g)].map(([, column = '', field = column]) => ({
      column,
      field,
    }));
  const [, inputs = '', outputs = ''] = /^\S+\s+(.+)\s+OUTPUTNEW\s+(.+)$/.exec(text) ?? [];
  return { inputs: fields(inputs), outputs: fields(outputs) };
}

function wildcard(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    'i',
  );
}

function generated(table: string, count: number): readonly string[] {
  let now = Date.parse('2026-11-25T10:00:00Z');
  const generator = createGenerator({ seed: 3, now: () => (now += 50) });
  const rows: string[] = [];
  for (let tries = 0; tries < 100_000 && rows.length < count; tries++) {
    const row = generator.next();
    if (row.table === table) rows.push(row.line.toString().trim());
  }
  return rows;
}

const AUTHENTICATION = ['action', 'app', 'dest', 'src', 'user', 'signature', 'vendor_product'];
const CHANGE = [
  'action',
  'change_type',
  'command',
  'dest',
  'object',
  'object_category',
  'result',
  'status',
  'user',
  'vendor_product',
];

describe('the files', () => {
  it('are those of an add-on, well-formed, and name each other', () => {
    expect(readdirSync(join(FOLDER, 'default')).sort()).toEqual([
      'app.conf',
      'eventtypes.conf',
      'props.conf',
      'tags.conf',
      'transforms.conf',
    ]);
    expect(conf('app.conf').get('package')?.get('id')).toBe('TA-xdr-relay');
    const used = [...props].flatMap(([key, list]) => (key.startsWith('REPORT-') ? list.split(/,\s*/) : []));
    const made = [...transforms.keys()].filter((name) => name !== 'xdr_relay_cim');
    expect(new Set(used)).toEqual(new Set(made));
    expect([...tags.keys()]).toEqual([...eventtypes.keys()].map((name) => `eventtype=${name}`));
    for (const row of lookup) expect(row).toHaveLength(lookup[0]?.length ?? 0);
    expect(props.get('LOOKUP-xdr_relay_cim')).toContain(lookup[0]?.slice(2).join(' '));
  });

  it('have expressions that do not go one level deeper for each character: Splunk stops at DEPTH_LIMIT, 1000', () => {
    const long = 'x'.repeat(5_000);
    const row = {
      category: 'AdvancedHunting-DeviceEvents',
      properties: { InitiatingProcessCommandLine: long },
    };
    expect(fieldsOf(JSON.stringify(row)).process).toBe(long);
    for (const [name, stanza] of transforms) {
      // JavaScript has no such limit: a repeated group whose branch takes a single character is what PCRE nests.
      expect(stanza.get('REGEX') ?? '', name).not.toMatch(/\((?:\?:)?[^()]*\|[^()]*\)[+*]/);
    }
  });

  it('have expressions that are valid, and that no quoted text of a value can forge', () => {
    const forged = {
      category: 'AdvancedHunting-DeviceLogonEvents',
      properties: {
        ProcessCommandLine: 'x "AccountName":"forged" y',
        ActionType: 'LogonSuccess',
        AccountName: 'alice',
      },
    };
    for (const [name, stanza] of transforms) {
      if (stanza.has('REGEX')) expect(() => new RegExp(stanza.get('REGEX') ?? ''), name).not.toThrow();
    }
    expect(fieldsOf(JSON.stringify(forged)).user).toBe('alice');
    const other = {
      category: 'AdvancedHunting-EmailEvents',
      properties: { Subject: '"category":"AdvancedHunting-DeviceLogonEvents"', AccountUpn: 'x' },
    };
    expect(fieldsOf(JSON.stringify(other)).user).toBeUndefined();
  });
});

describe('the data models', () => {
  it.each([
    ['DeviceLogonEvents', AUTHENTICATION],
    ['IdentityLogonEvents', AUTHENTICATION],
    ['CloudAppEvents', CHANGE],
    ['DeviceEvents', CHANGE],
  ] as const)('%s has what its data model asks for', (table, fields) => {
    const rows = generated(table, 60);
    expect(rows.length).toBe(60);
    for (const raw of rows) {
      const found = fieldsOf(raw);
      for (const field of fields) expect(found[field], `${field} of ${raw.slice(0, 600)}`).toBeTruthy();
    }
  });

  it('a detection of the antivirus says what was found, and where', () => {
    const row = {
      category: 'AdvancedHunting-DeviceEvents',
      properties: {
        ActionType: 'AntivirusDetection',
        DeviceName: 'pc-042',
        FileName: 'eicar.com',
        AdditionalFields: JSON.stringify({ ThreatName: 'Virus:DOS/EICAR_Test_File', WasRemediated: true }),
      },
    };
    expect(fieldsOf(JSON.stringify(row))).toMatchObject({
      signature: 'Virus:DOS/EICAR_Test_File',
      dest: 'pc-042',
      file_name: 'eicar.com',
    });
  });

  it.each([
    { said: '{"ThreatName":"t","WasRemediated":true}', action: 'blocked' },
    { said: '{"WasRemediated": "True"}', action: 'blocked' },
    { said: '{"WasRemediated":1}', action: 'blocked' },
    { said: '{"WasRemediated":false,"WasExecutingWhileDetected":true}', action: 'allowed' },
    { said: '{"ThreatName":"t"}', action: 'deferred' },
    { said: '', action: 'deferred' },
  ])('a detection of the antivirus with $said is $action', ({ said, action }) => {
    const properties = { ActionType: 'AntivirusDetection', DeviceName: 'pc-042', AdditionalFields: said };
    const row = { category: 'AdvancedHunting-DeviceEvents', properties };
    expect(fieldsOf(JSON.stringify(row))).toMatchObject({ action });
    if (said === '') return;
    const asObject = {
      ...row,
      properties: { ...properties, AdditionalFields: JSON.parse(said) as JsonObject },
    };
    expect(fieldsOf(JSON.stringify(asObject))).toMatchObject({ action });
    // Other events may say it, too.
    const other = { ...row, properties: { ...properties, ActionType: 'ScheduledTaskCreated' } };
    expect(fieldsOf(JSON.stringify(other))).toMatchObject({ action: 'created' });
  });

  it('a change in the directory says who did what to whom', () => {
    const row = {
      category: 'AdvancedHunting-IdentityDirectoryEvents',
      properties: {
        ActionType: 'Account disabled',
        Application: 'Active Directory',
        TargetAccountUpn: 'bob@contoso.com',
        AccountUpn: 'alice@contoso.com',
        DestinationDeviceName: 'dc-01',
        IPAddress: '10.0.0.9',
      },
    };
    const found = fieldsOf(JSON.stringify(row));
    for (const field of CHANGE) expect(found[field], field).toBeTruthy();
    expect(found).toMatchObject({
      user: 'bob@contoso.com',
      src_user: 'alice@contoso.com',
      action: 'modified',
      dest: 'dc-01',
      object_category: 'user',
    });
  });

  it('a logon that failed is a failure', () => {
    const failed = generated('DeviceLogonEvents', 200).find((raw) => raw.includes('"LogonFailed"')) ?? '';
    expect(fieldsOf(failed)).toMatchObject({ action: 'failure' });
  });

  it('an alert has its rule, its id and its place, whatever the table', () => {
    const [raw = ''] = generated('DeviceProcessEvents', 1);
    const found = fieldsOf(raw, {
      rule_title: 'Encoded PowerShell',
      rule_id: 'r1',
      event_id: 'e1',
      severity: 'high',
    });
    expect(found).toMatchObject({
      signature: 'Encoded PowerShell',
      signature_id: 'r1',
      id: 'e1',
      severity: 'high',
    });
    expect(found.dest).toBeTruthy();
    expect(eventtypes.get('xdr_relay_alert')?.get('search')).toContain('rule_title=*');
  });

  it('an alert has its rule, its own id and its row’s, what it is about, and each field once', () => {
    const config = { type: 'splunk_hec', url: 'https://splunk.example', token: 't' };
    const { encoding } = createDestination('s', destinationSchema.parse(config), depsOf(nodeHttpClient));
    const sent = JSON.parse(textOf((writer) => encoding.write(deliveryOf(alert(7)), writer)));
    const stanza = conf('props.conf').get(sent.sourcetype) ?? new Map<string, string>();
    expect(stanza.get('KV_MODE')).toBe('json');
    const found: Record<string, unknown> = {
      ...sent.fields,
      'rule.description': sent.event.rule.description,
    };
    for (const [key, list] of stanza) {
      if (!key.startsWith('FIELDALIAS-')) continue;
      for (const [, from = '', to = ''] of list.matchAll(/(\S+) ASNEW (\S+)/g)) {
        if (found[from] !== undefined) found[to] ??= found[from];
      }
    }
    const evals = [...stanza.keys()].flatMap((key) => /^EVAL-(.+)$/.exec(key)?.[1] ?? []);
    for (const field of evals) found[field] ??= stanza.get(`EVAL-${field}`);
    expect(found).toMatchObject({
      id: alert(7).alertId,
      event_id: alert(7).id,
      signature: alert(7).rule?.title,
      signature_id: alert(7).rule?.id,
      severity: 'high',
      dest: ['ws-042.contoso.example'],
      user: ['alice@contoso.example'],
      mitre_technique_id: ['T1105'],
    });
    for (const field of ['app', 'description', 'dest', 'id', 'severity', 'signature', 'type', 'user']) {
      expect(found[field], field).toBeTruthy();
    }
    const both = Object.keys(sent.fields).filter((field) => Object.hasOwn(sent.event, field));
    for (const field of both) expect(stanza.get(`EVAL-${field}`)).toBe(`mvdedup(${field})`);
    expect(eventtypes.get('xdr_relay_alert')?.get('search')).toContain(`sourcetype="${sent.sourcetype}"`);
  });
});
