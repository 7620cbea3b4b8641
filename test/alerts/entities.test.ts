/** What alerts are about: every table that names something, what is read from rows, and the bounds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EntityColumns, NameColumns } from '../../src/alerts/entities/columns.ts';
import { entitiesOf, LONGEST_NAME, MOST_OF_A_KIND } from '../../src/alerts/entities/index.ts';
import { ENTITIES_BY_TABLE } from '../../src/alerts/entities/tables/index.ts';
import { ENTITY_KINDS } from '../../src/alerts/message.ts';
import { findTable, tableNames } from '../../src/rules/schema/index.ts';
import { ExactNumber } from '../../src/shared/exact-number.ts';
import type { JsonObject } from '../../src/shared/json.ts';

/** Columns that name a host, an account, a file and so on, by how Microsoft calls such columns. */
const NAMING =
  /(?:DeviceName|HostName|AccountUpn|AccountName|AccountDisplayName|UserName|EmailAddress|FromAddress|IP|IPAddress|IpAddress|IPv[46]|FileName|FolderPath|SHA1|SHA256|RegistryKey|NetworkMessageId|TeamsMessageId|AccountSid|AccountObjectId|AzureResourceId|AwsResourceName|GcpFullResourceName)$|^(?:Application|Url|RemoteUrl|FileOriginUrl|DeviceId|LoggedOnUsers|IPAddresses|RecipientDetails)$/;
/** Naming columns that are no entity of an alert, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  InitiatingProcessFolderPath: 'the process is named by its file',
  InitiatingProcessVersionInfoInternalFileName: 'what the file says of itself',
  InitiatingProcessVersionInfoOriginalFileName: 'what the file says of itself',
  ProcessVersionInfoInternalFileName: 'what the file says of itself',
  ProcessVersionInfoOriginalFileName: 'what the file says of itself',
};

function columnsIn(name: NameColumns): readonly string[] {
  return typeof name === 'string' ? [name] : Object.values(name);
}

/** The columns of a table that its data reads. */
function columnsOf({ name, id = [], where = [], each }: EntityColumns): readonly string[] {
  if (each !== undefined) return [each];
  return [...name.flatMap(columnsIn), ...id, ...where.map(({ column }) => column)];
}

function named(table: string, event: JsonObject): readonly string[] {
  return entitiesOf({ table, event }).map(({ kind, name }) => `${kind} ${name}`);
}

describe('the data of the tables', () => {
  it.each(tableNames)('%s: every column that names something is read', (table) => {
    const known = [...(findTable(table)?.columns.keys() ?? [])];
    const read = new Set((ENTITIES_BY_TABLE[table] ?? []).flatMap(columnsOf));
    expect(Object.keys(ENTITIES_BY_TABLE)).toContain(table);
    expect(
      known.filter((column) => NAMING.test(column) && !read.has(column) && !(column in LEFT_OUT)),
    ).toEqual([]);
  });

  it.each(Object.entries(ENTITIES_BY_TABLE))(
    '%s: names only columns that the table has',
    (table, entities) => {
      const known = findTable(table)?.columns;
      expect(entities.flatMap(columnsOf).filter((column) => !known?.has(column))).toEqual([]);
    },
  );

  it('has an entity in every table but AlertInfo', () => {
    for (const [table, entities] of Object.entries(ENTITIES_BY_TABLE)) {
      for (const one of entities) {
        const event = Object.fromEntries(columnsOf(one).map((column) => [column, sampleOf(one, column)]));
        const kinds = entitiesOf({ table, event }).map(({ kind }) => kind);
        expect({ table, one, kinds }).toEqual({ table, one, kinds: expect.arrayContaining([one.kind]) });
      }
    }
    expect(
      Object.entries(ENTITIES_BY_TABLE).flatMap(([table, of]) => (of.length === 0 ? [table] : [])),
    ).toEqual(['AlertInfo']);
  });
});

/** A value that makes the column name an entity. */
function sampleOf({ each, name, id = [], where }: EntityColumns, column: string): string {
  const wanted = where?.find((one) => one.column === column)?.is?.[0];
  if (each === undefined) return wanted ?? `some-${column}`;
  const members = [...name.flatMap(columnsIn), ...id].map((member) => [member, `some-${member}`]);
  const type = where?.[0];
  return JSON.stringify([Object.fromEntries([...members, ...(type ? [[type.column, type.is?.[0]]] : [])])]);
}

describe('an alert is about', () => {
  it('the host, the users, what ran and what started it', () => {
    const event = {
      DeviceName: 'pc-27.contoso.example',
      DeviceId: 'd3adb33f',
      AccountUpn: 'anna@contoso.example',
      AccountObjectId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
      AccountSid: 'S-1-5-21-1',
      FileName: 'vssadmin.exe',
      FolderPath: 'C:\\Windows\\System32\\vssadmin.exe',
      SHA256: 'a'.repeat(64),
      SHA1: 'b'.repeat(40),
      InitiatingProcessFileName: 'cmd.exe',
      InitiatingProcessSHA1: 'c'.repeat(40),
      InitiatingProcessAccountDomain: 'CONTOSO',
      InitiatingProcessAccountName: 'admin',
      InitiatingProcessAccountSid: 'S-1-5-21-2',
      InitiatingProcessParentFileName: 'explorer.exe',
    };
    expect(entitiesOf({ table: 'DeviceProcessEvents', event })).toEqual([
      { kind: 'host', name: 'pc-27.contoso.example', id: 'd3adb33f', column: 'DeviceName' },
      {
        kind: 'user',
        name: 'anna@contoso.example',
        id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
        column: 'AccountUpn',
      },
      { kind: 'user', name: 'CONTOSO\\admin', id: 'S-1-5-21-2', column: 'InitiatingProcessAccountName' },
      { kind: 'process', name: 'vssadmin.exe', id: 'a'.repeat(64), column: 'FileName' },
      { kind: 'process', name: 'cmd.exe', id: 'c'.repeat(40), column: 'InitiatingProcessFileName' },
      { kind: 'process', name: 'explorer.exe', column: 'InitiatingProcessParentFileName' },
      { kind: 'file', name: 'C:\\Windows\\System32\\vssadmin.exe', id: 'a'.repeat(64), column: 'FileName' },
    ]);
  });

  it('one user where two columns name the same account differently', () => {
    const event = {
      AccountUpn: 'anna@contoso.example',
      AccountSid: 'S-1-5-21-1',
      InitiatingProcessAccountDomain: 'contoso',
      InitiatingProcessAccountName: 'anna',
      InitiatingProcessAccountSid: 'S-1-5-21-1',
    };
    expect(named('DeviceProcessEvents', event)).toEqual(['user anna@contoso.example']);
  });

  it('two processes where a copy of a program runs under another name', () => {
    const hash = { SHA1: 'a'.repeat(40), InitiatingProcessSHA1: 'a'.repeat(40) };
    const event = { FileName: 'svchost.exe', InitiatingProcessFileName: 'evil.exe', ...hash };
    expect(named('DeviceProcessEvents', event)).toEqual([
      'process svchost.exe',
      'process evil.exe',
      'file svchost.exe',
    ]);
  });

  it('the mail, its recipient before its sender, and the files in it', () => {
    const event = {
      NetworkMessageId: 'bca83535-558a-6a4b-8f58-d67371041266',
      Subject: 'Invoice',
      SenderFromAddress: 'billing@evil.example',
      RecipientEmailAddress: 'anna@contoso.example',
      RecipientObjectId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
      SenderIPv4: '203.0.113.9',
      Cc: '["bob@contoso.example"]',
    };
    expect(named('EmailEvents', event)).toEqual([
      'user anna@contoso.example',
      'user bob@contoso.example',
      'user billing@evil.example',
      'address 203.0.113.9',
      'mail Invoice',
    ]);
    const attachment = { FileName: 'invoice.html', SHA256: 'a'.repeat(64), NetworkMessageId: 'm-1' };
    expect(entitiesOf({ table: 'EmailAttachmentInfo', event: attachment })).toEqual([
      { kind: 'file', name: 'invoice.html', id: 'a'.repeat(64), column: 'FileName' },
      { kind: 'mail', name: 'm-1', id: 'm-1', column: 'NetworkMessageId' },
    ]);
  });

  it('what the evidence of a Defender alert is', () => {
    const file = { EntityType: 'File', FileName: 'a.exe', FolderPath: 'C:\\Temp', SHA1: 'a'.repeat(40) };
    expect(named('AlertEvidence', file)).toEqual(['file C:\\Temp\\a.exe']);
    expect(named('AlertEvidence', { ...file, EntityType: 'Process' })).toEqual([
      'process a.exe',
      'file C:\\Temp\\a.exe',
    ]);
    const resource = '/subscriptions/1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm1';
    expect(entitiesOf({ table: 'AlertEvidence', event: { ResourceID: resource } })).toEqual([
      { kind: 'cloud_resource', name: 'vm1', id: resource, column: 'ResourceID' },
    ]);
  });

  it('the objects of a cloud app that are of a known type', () => {
    const event = {
      Application: 'Microsoft SharePoint Online',
      ApplicationId: 20892,
      AccountDisplayName: 'Anna',
      ActivityObjects: [
        { Type: 'File', Name: 'plan.docx' },
        { Type: 'Structured object', Name: 'thing' },
        { Type: 'user', Name: 'Bob' },
        'no object',
        null,
      ],
    };
    expect(named('CloudAppEvents', event)).toEqual([
      'user Anna',
      'user Bob',
      'file plan.docx',
      'cloud_app Microsoft SharePoint Online',
    ]);
  });

  it('one whose first mention has no name, under the name of the next', () => {
    const LoggedOnUsers = [
      { Sid: 'S-1-5-21-1' },
      { DomainName: 'CONTOSO', UserName: 'anna', Sid: 'S-1-5-21-1' },
    ];
    expect(named('DeviceInfo', { LoggedOnUsers })).toEqual(['user CONTOSO\\anna']);
  });

  it('who is logged on, from text that holds JSON or from JSON', () => {
    const users = [{ DomainName: 'CONTOSO', UserName: 'anna', Sid: 'S-1-5-21-1' }];
    const expected = [{ kind: 'user', name: 'CONTOSO\\anna', id: 'S-1-5-21-1', column: 'LoggedOnUsers' }];
    for (const LoggedOnUsers of [users, JSON.stringify(users), JSON.stringify(users[0])]) {
      expect(entitiesOf({ table: 'DeviceInfo', event: { LoggedOnUsers } })).toEqual(expected);
    }
  });

  it('the usual columns of a table that nobody knows', () => {
    const event = { DeviceName: 'pc-1', AccountUpn: 'anna@contoso.example', Whatever: 'x' };
    expect(named('BrandNewEvents', event)).toEqual(['host pc-1', 'user anna@contoso.example']);
    expect(named('__proto__', event)).toEqual(['host pc-1', 'user anna@contoso.example']);
  });

  it('an address once, however it is written', () => {
    const event = { RemoteIP: '::ffff:203.0.113.9', LocalIP: '203.0.113.9' };
    expect(named('DeviceNetworkEvents', event)).toEqual(['address 203.0.113.9']);
  });

  it('nothing where the columns are empty', () => {
    const event = {
      DeviceName: '',
      DeviceId: null,
      AccountUpn: ' ',
      AccountObjectId: '00000000-0000-0000-0000-000000000000',
      FileName: {},
    };
    expect(entitiesOf({ table: 'DeviceProcessEvents', event })).toEqual([]);
  });

  it('the row that the steps left: removed columns name nothing, renamed ones are found', () => {
    const renamed = { DeviceName: 'host.name', AccountName: null };
    const event = { 'host.name': 'pc-1', AccountName: 'another column took this name' };
    expect(entitiesOf({ table: 'DeviceLogonEvents', event, renamed })).toEqual([
      { kind: 'host', name: 'pc-1', column: 'DeviceName' },
    ]);
  });

  it('an id with all its digits', () => {
    const event = { Application: 'App', ApplicationId: new ExactNumber('12345678901234567890') };
    expect(entitiesOf({ table: 'CloudAppEvents', event })[0]?.id).toBe('12345678901234567890');
  });
});

describe('the bounds', () => {
  it('keeps at most 10 of a kind', () => {
    const To = Array.from({ length: 3_000 }, (_, at) => `user${at}@contoso.example`);
    const event = { RecipientEmailAddress: 'anna@contoso.example', To, Subject: 's' };
    const found = entitiesOf({ table: 'EmailEvents', event });
    expect(found.filter(({ kind }) => kind === 'user')).toHaveLength(MOST_OF_A_KIND);
    expect(found[0]?.name).toBe('anna@contoso.example');
  });

  it('cuts a long name between characters, and leaves a long id out', () => {
    const event = { DeviceName: `${'x'.repeat(LONGEST_NAME - 1)}😀`, DeviceId: 'y'.repeat(LONGEST_NAME + 1) };
    const [host] = entitiesOf({ table: 'DeviceProcessEvents', event });
    expect(host?.name).toHaveLength(LONGEST_NAME);
    expect(host?.name.isWellFormed()).toBe(true);
    expect(host).not.toHaveProperty('id');
  });

  it('takes any row', () => {
    const columns = [...new Set(Object.values(ENTITIES_BY_TABLE).flat().flatMap(columnsOf))];
    const row = fc.dictionary(
      fc.oneof(fc.constantFrom(...columns), fc.string()),
      fc.oneof(fc.string(), fc.jsonValue(), fc.json()),
    );
    fc.assert(
      fc.property(fc.constantFrom(...tableNames, 'Other'), row, (table, event) => {
        // The type of jsonValue is wider than JsonObject; its values are JSON.
        const found = entitiesOf({ table, event: event as JsonObject });
        const order = found.map(({ kind }) => ENTITY_KINDS.indexOf(kind));
        expect(order).toEqual(order.toSorted((a, b) => a - b));
        for (const { name, id } of found) {
          expect(name.trim()).not.toBe('');
          expect(name.length).toBeLessThanOrEqual(LONGEST_NAME);
          expect(id?.length ?? 0).toBeLessThanOrEqual(LONGEST_NAME);
        }
      }),
    );
  });
});
