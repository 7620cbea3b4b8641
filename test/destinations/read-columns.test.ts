/** Alerts and messages read no other column of a row than those that are declared. */
import { describe, expect, it } from 'vitest';
import { defenderOf } from '../../src/alerts/defender.ts';
import { entitiesOf } from '../../src/alerts/entities/index.ts';
import { ENTITIES_BY_TABLE } from '../../src/alerts/entities/tables/index.ts';
import { columnsOfAlerts } from '../../src/alerts/read-columns.ts';
import { messageView } from '../../src/destinations/alert-view/message.ts';
import { messageOfOne } from '../../src/destinations/alert-view/single.ts';
import { readingsOf } from '../../src/destinations/reading.ts';
import type { Envelope } from '../../src/shared/event.ts';
import type { JsonObject } from '../../src/shared/json.ts';

/** Columns that note which of them were asked for. */
function recording(columns: JsonObject): { readonly event: JsonObject; readonly asked: Set<string> } {
  const asked = new Set<string>();
  const note = (name: string | symbol) => {
    if (typeof name === 'string') asked.add(name);
  };
  const event = new Proxy(columns, {
    get: (target, name) => {
      note(name);
      return Reflect.get(target, name) as unknown;
    },
    getOwnPropertyDescriptor: (target, name) => {
      note(name);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
  });
  return { event, asked };
}

function envelope(table: string, event: JsonObject): Envelope {
  return {
    id: '0'.repeat(32),
    time: '2026-11-23T07:05:00Z',
    table,
    tenant: '3adb963c-8e61-48e8-a06d-6dbb0dacea39',
    severity: 'high',
    alertId: '1'.repeat(32),
    rule: { title: 'T' },
    source: { blob: 'b', offset: 0 },
    event,
  };
}

describe('alerts and messages', () => {
  it.each([...Object.keys(ENTITIES_BY_TABLE), 'NewTable'])('read declared columns only: %s', (table) => {
    const declared = columnsOfAlerts(table);
    const filled = Object.fromEntries([...declared].map((name) => [name, `x-${name}`]));
    // Without values, the next candidate is asked; with values, what only they lead to.
    for (const columns of [{}, filled]) {
      const { event, asked } = recording(columns);
      const one = envelope(table, event);
      entitiesOf(one);
      defenderOf(one);
      messageView(messageOfOne(one), { SIEM: 'https://siem.example/?h={host}&u={user}' });
      expect([...asked].filter((name) => !declared.has(name))).toEqual([]);
      expect(asked.size).toBeGreaterThan(10);
    }
  });
});

describe('what destinations make of rows', () => {
  it('is told by their types, also of entries that were not checked', () => {
    expect(
      readingsOf({
        splunk: { type: 'splunk_hec' },
        mapped: { type: 'webhook', shape: 'ocsf' },
        raw: { type: 'file', shape: 'raw' },
        soc: { type: 'slack' },
        odd: { type: 'nothing' },
        none: null,
      }),
    ).toEqual({
      splunk: { audience: 'machines', columns: ['DeviceName'] },
      mapped: { audience: 'machines', columns: [], shape: 'ocsf' },
      raw: { audience: 'machines', columns: [] },
      soc: { audience: 'people', columns: [] },
    });
  });
});
