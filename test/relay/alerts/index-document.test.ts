/** The index of a destination has an entry for each of its documents, and must fit into one document itself. */
import { describe, expect, it } from 'vitest';
import { due } from '../../../src/alerts/groups/due.ts';
import { fold } from '../../../src/alerts/groups/fold.ts';
import { MAX_DOCUMENT_BYTES } from '../../../src/checkpoints/documents.ts';
import { alertOf } from '../../../src/relay/alerts/alerts-of.ts';
import {
  type AlertIndex,
  entryOf,
  MOST_SHARDS,
  NO_INDEX,
  withEntry,
} from '../../../src/relay/alerts/index-document.ts';
import { ruleShard } from '../../../src/relay/alerts/names.ts';
import { alert } from '../../destinations/samples.ts';

const NOW = Date.UTC(2026, 10, 27) + 0.123;

describe('the index of a destination that takes nothing', () => {
  it.each(['x', 'é', '影', '🟠', '\u0001', '"', '\ud800'])(
    'fits into a document though alerts of every rule wait, whose titles and ids are of %j',
    (character) => {
      const rule = { title: character.repeat(256), id: character.repeat(256) };
      const one = alertOf([alert(1, { rule })], 'any');
      if (!one) throw new Error('no alert');
      const { shard } = fold(undefined, [one], { rule: rule.title, wantsEnd: true }, NOW);
      const entry = {
        ...entryOf(shard, due(shard, NOW, { updates: 'none', wantsEnd: true }), NOW),
        pending: Number.MAX_SAFE_INTEGER,
      };
      const shards: AlertIndex['shards'] = Object.fromEntries(
        Array.from({ length: MOST_SHARDS }, (_, n) => [ruleShard(String(n)), entry]),
      );
      const lease = { owner: crypto.randomUUID(), until: NOW };
      const index = withEntry({ ...NO_INDEX, shards, lease }, 'operational', entry);
      expect(Buffer.byteLength(JSON.stringify(index))).toBeLessThan(0.98 * MAX_DOCUMENT_BYTES);
      expect(rule.title.startsWith(entry.rule?.title ?? '-')).toBe(true);
      expect(entry.rule?.title.length).toBeGreaterThan(20);
    },
  );
});
