import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { MetadataTemplates, templated } from '../../src/shared/metadata-template.ts';

const read = (columns: Readonly<Record<string, string | number | null>>) => (name: string) =>
  Object.hasOwn(columns, name) ? columns[name] : undefined;

const INDEX = {
  template: 'defender_{MachineGroup|slug}',
  allowed: ['defender_tier_0', 'defender_clients'],
  default: 'defender_other',
};

describe('metadata from columns', () => {
  it('is filled in within the closed list, else the default, which is told', () => {
    const told: string[] = [];
    const templates = new MetadataTemplates({ index: INDEX, host: 'h' }, (key) => told.push(key));
    const of = (MachineGroup: string | number | null) => templates.of('DeviceEvents', read({ MachineGroup }));
    expect(of('Tier 0')).toEqual({ index: 'defender_tier_0', host: 'h' });
    expect(of('TIER-0')).toBe(of('Tier 0'));
    expect(told).toEqual([]);
    for (const odd of ['main', '', null, 7, 'x'.repeat(1000), '../../etc'])
      expect(of(odd)).toEqual({ index: 'defender_other', host: 'h' });
    expect(templates.of('T', read({}))).toEqual({ index: 'defender_other', host: 'h' });
    expect(told).toEqual(Array.from({ length: 7 }, () => 'index'));
  });

  it('knows the table, filters and dotted paths', () => {
    const one = (template: string, columns: Readonly<Record<string, string>>) =>
      new MetadataTemplates({ index: { template, allowed: ['deviceevents', 'A-B', 'x'], default: 'no' } }).of(
        'DeviceEvents',
        read(columns),
      ).index;
    expect(one('{Table|lower}', {})).toBe('deviceevents');
    expect(one('{A|upper}-{B | upper}', { A: 'a', B: 'b' })).toBe('A-B');
    expect(one('{F.k}', { F: '{"k":"x"}' })).toBe('x');
  });

  it('takes no other value than those of the list, whatever a row holds (property)', () => {
    const templates = new MetadataTemplates({
      index: INDEX,
      headers: { 'X-Team': { ...INDEX, template: '{MachineGroup}' } },
    });
    const allowed = [...INDEX.allowed, INDEX.default];
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const { index, headers } = templates.of('T', () => value as string);
        expect(allowed).toContain(index);
        expect(allowed).toContain(headers?.['X-Team']);
      }),
    );
  });

  it('a template that is none is refused', () => {
    const schema = templated(z.string());
    for (const template of ['{', '}', '{}', '{A|nope}', '{A B}', 'x{A}}']) {
      expect(schema.safeParse({ template, allowed: ['x'], default: 'x' }).success).toBe(false);
    }
    expect(schema.safeParse(INDEX).success).toBe(true);
    expect(schema.safeParse({ template: 'x{A}', default: 'x' }).success).toBe(false);
  });
});
