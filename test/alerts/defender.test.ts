import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defenderOf } from '../../src/alerts/defender.ts';
import type { JsonObject } from '../../src/shared/json.ts';

describe('what Defender says of its own alert', () => {
  it('is read from AlertInfo and from AlertEvidence', () => {
    const event = {
      AlertId: 'da1_-1',
      Title: 'Ransomware activity detected',
      Category: 'Ransomware',
      Severity: 'High',
      ServiceSource: 'Microsoft Defender for Endpoint',
      DetectionSource: 'EDR',
      AttackTechniques: '["Data Encrypted for Impact (T1486)","Inhibit System Recovery (T1490)"]',
    };
    expect(defenderOf({ table: 'AlertInfo', event })).toEqual({
      alertId: 'da1_-1',
      title: 'Ransomware activity detected',
      category: 'Ransomware',
      severity: 'High',
      serviceSource: 'Microsoft Defender for Endpoint',
      detectionSource: 'EDR',
      techniques: ['Data Encrypted for Impact (T1486)', 'Inhibit System Recovery (T1490)'],
      evidence: 0,
    });
    const evidence = { AlertId: 'da1_-1', Categories: '["Ransomware","Execution"]', DeviceName: 'fs-01' };
    expect(defenderOf({ table: 'AlertEvidence', event: evidence })).toEqual({
      alertId: 'da1_-1',
      category: 'Ransomware',
      techniques: [],
      evidence: 1,
    });
  });

  it('takes a list that is one, and a single name', () => {
    const of = (AttackTechniques: JsonObject['x']) =>
      defenderOf({ table: 'AlertInfo', event: { AlertId: 'a', AttackTechniques } })?.techniques;
    expect(of(['A (T1001)', 7, ''])).toEqual(['A (T1001)']);
    expect(of('A (T1001)')).toEqual(['A (T1001)']);
    expect(of('[broken')).toEqual([]);
    expect(of('')).toEqual([]);
    expect(of(JSON.stringify(Array.from({ length: 50 }, (_, at) => `T${at}`)))).toHaveLength(10);
  });

  it('is nothing for other tables and without an id that can be one', () => {
    expect(defenderOf({ table: 'DeviceEvents', event: { AlertId: 'a' } })).toBeUndefined();
    for (const AlertId of [undefined, '', 7, 'x'.repeat(129)]) {
      const event = AlertId === undefined ? {} : { AlertId };
      expect(defenderOf({ table: 'AlertInfo', event })).toBeUndefined();
    }
  });

  it('is short and well-formed, whatever the row holds', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.jsonValue(),
      fc.json(),
      fc.array(fc.string({ unit: 'binary' }), { maxLength: 40 }),
    );
    const row = fc.record(
      Object.fromEntries(
        ['Title', 'Category', 'Categories', 'Severity', 'ServiceSource', 'AttackTechniques'].map((name) => [
          name,
          value,
        ]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(row, fc.constantFrom('AlertInfo', 'AlertEvidence'), (event, table) => {
        const found = defenderOf({ table, event: { ...(event as JsonObject), AlertId: 'a' } });
        const { techniques = [], alertId: _, evidence: __, ...texts } = found ?? {};
        for (const text of [...techniques, ...Object.values(texts)]) {
          expect(String(text).length).toBeLessThanOrEqual(256);
          expect(String(text).isWellFormed()).toBe(true);
        }
        expect(techniques.length).toBeLessThanOrEqual(10);
      }),
    );
  });
});
