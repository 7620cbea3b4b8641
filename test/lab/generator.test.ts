import { describe, expect, it } from 'vitest';
import { createGenerator, type GeneratedRow } from '../../lab/generator/generator.ts';
import { TABLES } from '../../lab/generator/tables/index.ts';
import { eventId } from '../../src/shared/event-id.ts';

const START = Date.UTC(2026, 10, 23, 7);

function rows(count: number, seed = 11): GeneratedRow[] {
  let now = START;
  const generator = createGenerator({ seed, now: () => (now += 3) });
  return Array.from({ length: count }, () => generator.next());
}

function text(row: GeneratedRow): string {
  return row.line.toString('utf8');
}

function parsed(row: GeneratedRow): { category: string; properties: Record<string, unknown> } {
  return JSON.parse(text(row));
}

/** The bytes of `properties` as they stand in the row: what the event id is made from. */
function rawProperties(row: GeneratedRow): string {
  const line = text(row);
  const start = line.indexOf('"properties":') + '"properties":'.length;
  const end = line.endsWith(',"Tenant":"DefaultTenant"}\r\n')
    ? line.length - ',"Tenant":"DefaultTenant"}\r\n'.length
    : line.length - '}\r\n'.length;
  return line.slice(start, end);
}

const sample = rows(20_000);

describe('the generator of Defender rows', () => {
  it('writes one JSON object a line, ended by CRLF and with no other newline', () => {
    for (const row of sample) {
      const line = text(row);
      expect(line.endsWith('}\r\n')).toBe(true);
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(parsed(row).category).toBe(row.category);
    }
  });

  it('gives the same rows for the same seed and clock, and others for another seed', () => {
    const first = Buffer.concat(rows(2000, 5).map((row) => row.line));
    const second = Buffer.concat(rows(2000, 5).map((row) => row.line));
    expect(first.equals(second)).toBe(true);
    expect(first.equals(Buffer.concat(rows(2000, 6).map((row) => row.line)))).toBe(false);
  });

  it('names each row by the hash of its category and the bytes of its properties', () => {
    for (const row of sample.slice(0, 3000)) expect(row.id).toBe(eventId(row.category, rawProperties(row)));
  });

  it('writes about 3 % of the rows twice: equal properties, another envelope', () => {
    const first = new Map<string, string>();
    let copies = 0;
    for (const row of sample) {
      const line = text(row);
      if (!row.copy) {
        expect(first.has(row.id)).toBe(false);
        first.set(row.id, line);
        continue;
      }
      copies++;
      const original = first.get(row.id) ?? '';
      expect(original).toContain(rawProperties(row));
      expect(line.slice(0, 40)).not.toBe(original.slice(0, 40));
    }
    expect(copies / sample.length).toBeGreaterThan(0.024);
    expect(copies / sample.length).toBeLessThan(0.036);
  });

  it('covers every table, one that no schema knows among them', () => {
    const seen = new Set(sample.map((row) => row.table));
    expect([...seen].sort()).toEqual(TABLES.map((table) => table.name).sort());
    expect(TABLES.length).toBeGreaterThanOrEqual(10);
    expect(seen).toContain('DevicePeripheralEvents');
  });

  it('has rows of 1 to 5 KB, mostly, and a rare one of about a megabyte', () => {
    // A seed with one of the rare rows among so few.
    const sizes = rows(8_000, 4)
      .map((row) => row.line.length)
      .sort((a, b) => a - b);
    const at = (part: number) => sizes[Math.floor(sizes.length * part)] ?? 0;
    expect(at(0.2)).toBeGreaterThan(1000);
    expect(at(0.5)).toBeGreaterThan(1500);
    expect(at(0.95)).toBeLessThan(5000);
    expect(sizes.at(-1)).toBeGreaterThan(900_000);
    expect(sizes.at(-1)).toBeLessThan(4_000_000);
  });

  it('mixes what live tenants mix', () => {
    const lines = sample.map(text);
    expect(lines.some((line) => !line.includes('"Tenant":"DefaultTenant"'))).toBe(true);
    expect(lines.some((line) => !line.includes('_TimeReceivedBySvc'))).toBe(true);
    expect(lines.some((line) => !line.includes('"operationName"'))).toBe(true);
    expect(lines.some((line) => line.includes('__UDI_RequiredFields_TenantId'))).toBe(true);
    expect(lines.some((line) => line.includes('InitiatingProcessUniqueId'))).toBe(true);
    expect(lines.some((line) => /[\u0370-\u9fff]/.test(line))).toBe(true);
    // Digits that a double loses: they have to stand in the file.
    expect(lines.some((line) => /"ReportId":6391998\d{11}[,}]/.test(line))).toBe(true);

    const types = new Set(
      sample.slice(0, 5000).map((row) => {
        const value = parsed(row).properties.AdditionalFields;
        return value === null ? 'null' : typeof value;
      }),
    );
    expect(types).toEqual(new Set(['string', 'object', 'null', 'undefined']));
    expect(new Set(sample.slice(0, 2000).map((row) => typeof parsed(row).properties.ReportId))).toEqual(
      new Set(['number', 'string', 'undefined']),
    );
  });

  it('writes Timestamp with 0 to 7 fractional digits', () => {
    const digits = new Set<number>();
    for (const row of sample) {
      const { Timestamp } = parsed(row).properties;
      expect(Timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$/);
      digits.add((String(Timestamp).split('.')[1] ?? 'Z').length - 1);
    }
    expect([...digits].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('tells a story from mail to deleted backups, and keeps quiet when told to', () => {
    const story = sample.filter((row) => row.attack && !row.copy);
    const tables = new Set(story.map((row) => row.table));
    for (const table of [
      'EmailEvents',
      'UrlClickEvents',
      'DeviceProcessEvents',
      'DeviceLogonEvents',
      'AlertInfo',
    ]) {
      expect(tables).toContain(table);
    }
    const lines = story.map(text).join('');
    for (const sign of ['comsvcs.dll, MiniDump', 'delete shadows', 'New-InboxRule'])
      expect(lines).toContain(sign);
    expect(story.length / sample.length).toBeLessThan(0.03);

    let now = START;
    const quiet = createGenerator({ seed: 11, now: () => (now += 3), attackEvery: 0 });
    expect(Array.from({ length: 5000 }, () => quiet.next()).some((row) => row.attack)).toBe(false);
  });

  it('shows the sensor watching itself: what filters are for', () => {
    const sensor = sample.filter((row) => parsed(row).properties.InitiatingProcessFileName === 'MsSense.exe');
    expect(sensor.length / sample.length).toBeGreaterThan(0.05);
    expect(sensor.some((row) => row.attack)).toBe(false);
  });
});
