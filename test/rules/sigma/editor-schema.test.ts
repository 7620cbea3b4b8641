import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { sigmaForEditors } from '../../../src/rules/sigma/editor-schema.ts';

const FOLDER = new URL('../../../transforms/detections/', import.meta.url);

it('takes every shipped detection', () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.yml'));
  expect(files.length).toBeGreaterThan(10);
  for (const name of files) {
    for (const document of parseAllDocuments(readFileSync(new URL(name, FOLDER), 'utf8'))) {
      const { error } = sigmaForEditors.safeParse(document.toJSON());
      expect([name, error?.issues]).toEqual([name, undefined]);
    }
  }
});

it('finds a mistake in what is our own, and passes over what is not', () => {
  const rule = { title: 'x', custom: 1, detection: { condition: 'a' } };
  const takes = (xdr_relay: object) => sigmaForEditors.safeParse({ ...rule, xdr_relay }).success;
  expect(takes({ title: '{DeviceName}: x', group_by: ['DeviceName'], window: '4h', repeat: '30m' })).toBe(
    true,
  );
  expect([takes({ windw: '4h' }), takes({ window: 'soon' }), takes({ group_by: [] })]).toEqual([
    false,
    false,
    false,
  ]);
});
