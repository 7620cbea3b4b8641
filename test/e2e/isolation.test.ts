import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import { runMeasuredCase, within } from '../support/measured-case.ts';
import { filteredText, oneBadRow, oneBadTable } from '../support/measured-cases.ts';
import { azuriteAccount } from '../support/shared-azurite.ts';

// Small forms of the cases in test/long, side by side, since they mostly wait.

let azurite: Azurite;

beforeAll(async () => {
  azurite = await azuriteAccount();
});

afterAll(async () => {
  await azurite?.stop();
});

/** The long tests have the bounds of the docs. Here all other tests run beside it; without isolation, rows would wait for hours. Milliseconds. */
const WITHIN_MS = 120_000;
const BURIED_WITHIN_MS = 180_000;

describe.concurrent('rows that nobody poisoned arrive at default settings', () => {
  it('while one row is always answered 500', async () => {
    await runMeasuredCase(
      azurite,
      oneBadRow({ name: 'five', tables: 2, rows: 20 }, 'status_500', { withinMs: WITHIN_MS }),
      ({ outcome }) => {
        expect(outcome.late, outcome.log).toEqual([]);
      },
    );
  });

  it('while a table is always answered 422, of which nothing is buried', async () => {
    const measured = oneBadTable({ name: 'table', tables: 2, rows: 60 }, { withinMs: WITHIN_MS });
    await runMeasuredCase(azurite, measured, async (running) => {
      const { outcome } = running;
      expect(outcome.late, outcome.log).toEqual([]);
      expect(outcome.loneRefusals).toBeLessThan(100);
      expect(await running.buried()).toEqual([]);
    });
  });

  it('while a filter answers 403 to one body, which becomes a dead letter after isolate_after', async () => {
    const settings = 'delivery: { isolate_after: 10s }';
    const measured = filteredText({ name: 'filter', tables: 2, rows: 12 }, { settings, withinMs: WITHIN_MS });
    await runMeasuredCase(azurite, measured, async ({ outcome, writtenAt, buried }) => {
      expect(outcome.late, outcome.log).toEqual([]);
      const bad = [...measured.poisoned];
      expect(
        await within(writtenAt + BURIED_WITHIN_MS, async () => (await buried()).length === bad.length),
      ).toBe(true);
      expect(await buried()).toEqual(bad);
    });
  });
});
