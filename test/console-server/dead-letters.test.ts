import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hecReply } from '../../lab/receivers/splunk-hec.ts';
import type {
  LetterCountsView,
  LetterCountView,
  LettersDone,
  LettersView,
  LetterView,
} from '../../src/console/model/dead-letters.ts';
import { ACTS } from '../../src/console/pages.ts';
import { type ConsoleSetting, startConsoleSetting, TOKEN } from './ops-setting.ts';

let s: ConsoleSetting;
beforeAll(async () => {
  s = await startConsoleSetting();
}, 120_000);
afterAll(() => s?.stop());
afterEach(async () => {
  s.fault = undefined;
  s.rows = { show: false, mask: [] };
  s.most = { letters: 100, ms: 20_000 };
  for (const isolating of [true, false]) {
    for await (const { name } of s.ports.deadLetters.list({ isolating })) {
      const stored = await s.ports.deadLetters.get(name);
      if (stored) await s.ports.deadLetters.remove(name, stored.etag);
    }
  }
});

const list = (query: Record<string, string> = {}) => s.view<LettersView>('dead-letters', query);

describe('the list', () => {
  it('counts by destination and reason, and tells those that are still tried apart', async () => {
    await s.put(1);
    await s.put(2);
    await s.put(3, { reason: 'too_large' });
    await s.put(4, { isolating: { since: 1, tries: 2, next: 3 } });
    const text = 'no json';
    await s.ports.deadLetters.put({
      destination: undefined,
      reason: 'not_json',
      message: 'No JSON',
      source: { blob: 'c/x', offset: 0 },
      length: text.length,
      row: Buffer.from(text),
    });
    const { letters, isolating } = await s.view<LetterCountsView>('dead-letters/counts');
    expect(letters).toEqual({
      groups: [
        { destination: 'splunk', reason: 'hec_6', count: 2 },
        ...[
          { reason: 'not_json', count: 1 },
          { destination: 'splunk', reason: 'too_large', count: 1 },
        ],
      ],
      total: 4,
      more: false,
    });
    expect(isolating.groups).toEqual([{ destination: 'splunk', reason: 'hec_6', count: 1 }]);
    expect((await list({ unreadable: 'true' })).letters).toMatchObject([{ reason: 'not_json' }]);
    expect((await list({ isolating: 'true' })).letters).toMatchObject([{ nextTry: 3 }]);
    expect((await list({ destination: 'splunk', reason: 'hec_6' })).total).toBe(2);
    expect((await list({ to: '1' })).total).toBe(0);
    const before = Date.now() + 60_000;
    expect(await s.view<LetterCountView>('dead-letters/count', { to: String(before) })).toMatchObject({
      count: 4,
      more: false,
    });
  });

  it('shows the newest first, in pages that neither repeat nor leave out', async () => {
    for (let n = 0; n < 120; n += 10) await Promise.all(Array.from({ length: 10 }, (_, i) => s.put(n + i)));
    const seen: string[] = [];
    const times: number[] = [];
    let before: string | undefined;
    const pages: number[] = [];
    do {
      const page: LettersView = await list(before === undefined ? {} : { before });
      pages.push(page.letters.length);
      expect(page.total).toBe(120);
      seen.push(...page.letters.map(({ name }) => name));
      times.push(...page.letters.map(({ storedOn }) => storedOn));
      before = page.next;
    } while (before !== undefined);
    expect(pages).toEqual([50, 50, 20]);
    expect(new Set(seen).size).toBe(120);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  it('refuses what it does not know', async () => {
    await expect(list({ order: 'asc' })).rejects.toThrow();
    await expect(list({ destination: '../x' })).rejects.toThrow();
    await expect(list({ before: 'x' })).rejects.toThrow();
    await expect(s.act('dead-letters/drop', { count: 1 })).rejects.toThrow();
    await expect(s.act('dead-letters/drop', { filter: {} })).rejects.toThrow();
    await expect(s.act('dead-letters/drop', { filter: {}, names: ['x'], count: 1 })).rejects.toThrow();
  });
});

describe('a letter', () => {
  const one = async () => {
    const [first] = (await list()).letters;
    return s.view<LetterView>('dead-letters/letter', { name: first?.name ?? '' });
  };

  it('shows no bytes unless console.rows allows it', async () => {
    const said = { code: 'hec_6', message: 'Splunk answered 400 with code 6: no j.doe' };
    const details = { why: 'j.doe' };
    await s.put(
      1,
      { message: 'no "j.doe"', answers: [said], details },
      { AccountName: 'j.doe', FileName: '<script>' },
    );
    const letter = await one();
    expect(JSON.stringify(letter)).not.toContain('j.doe');
    expect(letter.answers).toEqual([{ code: 'hec_6', message: 'Splunk answered 400 with code 6' }]);
    expect(letter.row.text).toBeUndefined();
    expect(letter.row.why).toContain('console.rows');
    expect(letter.payload?.text).toBeUndefined();
    s.rows.show = true;
    expect((await one()).row.text).toContain('j.doe');
    expect(JSON.parse((await one()).payload?.text ?? '').event.FileName).toBe('<script>');
    s.rows.tables = ['EmailEvents'];
    expect((await one()).row.text).toBeUndefined();
  });

  it('masks columns in the row, in what was sent and in what was answered', async () => {
    // The second answer quotes the beginning of the value alone.
    const answers = [
      { code: 'hec_6', message: `Splunk answered 400: bad value j.doe, token ${TOKEN}` },
      { code: 'hec_6', message: 'Splunk answered 400: bad value "j.d' },
      { code: 'hec_6', message: 'Splunk does not know j.doe' },
    ];
    await s.put(1, { message: 'no "j.doe"', answers }, { AccountName: 'j.doe' });
    s.rows = { show: true, mask: ['account*'] };
    const letter = await one();
    expect(JSON.stringify(letter)).not.toContain('j.d');
    expect(JSON.stringify(letter)).not.toContain(TOKEN);
    expect(letter).toMatchObject({
      message: 'no',
      answers: [
        { code: 'hec_6', message: 'Splunk answered 400' },
        { code: 'hec_6', message: 'Splunk does not know (masked)' },
      ],
      row: { masked: true },
      payload: { masked: true },
    });
  });

  it('sends at most 256 Ki characters of 1 MB, and says which letters there are not', async () => {
    await s.put(1, {}, { CommandLine: 'x'.repeat(1_000_000) });
    s.rows.show = true;
    const letter = await one();
    expect(letter.row).toMatchObject({ cut: true });
    expect(letter.row.text).toHaveLength(262_144);
    expect(letter.row.bytes).toBeGreaterThan(1_000_000);
    await expect(s.view('dead-letters/letter', { name: 'splunk/no' })).rejects.toMatchObject({
      code: 'no_dead_letter',
    });
    await expect(s.view('dead-letters/letter', { name: 'a\u202eb' })).rejects.toThrow();
  });
});

describe('sending again', () => {
  const redrive = (body: object) => s.act<LettersDone>('dead-letters/redrive', body);

  it('is refused, then accepted, in parts that are bounded, with a result for each', async () => {
    for (let n = 0; n < 5; n++) await s.put(n);
    s.most = { letters: 2, ms: 20_000 };
    s.fault = (body) => (body.includes('"n":3') ? hecReply('invalidFormat') : undefined);
    const filter = { destination: 'splunk', reason: 'hec_6' };
    let left = 5;
    let after: string | undefined;
    const results: LettersDone['results'][number][] = [];
    const sizes: number[] = [];
    for (let done = false; !done; ) {
      const part = await redrive({ filter, count: left, ...(after !== undefined && { after }) });
      sizes.push(part.results.length);
      results.push(...part.results);
      left -= part.results.length;
      after = part.next;
      done = part.isDone;
    }
    expect(sizes).toEqual([2, 2, 1]);
    const refused = results.filter(({ result }) => result !== 'accepted');
    expect(refused).toMatchObject([{ explained: expect.stringMatching(/./), code: expect.any(String) }]);
    expect((await list()).total).toBe(1);
    s.fault = undefined;
    const [{ name } = { name: '' }] = (await list()).letters;
    expect(await redrive({ names: [name], count: 1 })).toMatchObject({
      results: [{ name, result: 'accepted' }],
      settled: 1,
      isDone: true,
    });
    expect((await list()).total).toBe(0);
  });

  it('says nothing of a row that may not be shown', async () => {
    await s.put(1);
    s.fault = () => ({ status: 400, body: '{"text":"Invalid data format j.doe","code":6}' });
    const answer = JSON.stringify(await redrive({ filter: {}, count: 1 }));
    expect(answer).toContain('hec_6');
    expect(answer).not.toContain('j.doe');
  });

  it('tries no further letters of a destination that is down, and says so', async () => {
    for (let n = 0; n < 8; n++) await s.put(n);
    s.fault = () => ({ status: 503, body: `{"text":"${TOKEN}","code":9}` });
    const { results, settled, isDone } = await redrive({ filter: {}, count: 8 });
    expect(results.map(({ result }) => result)).toEqual(Array.from({ length: 8 }, () => 'down'));
    expect([settled, isDone]).toEqual([0, true]);
    expect(JSON.stringify(results)).not.toContain(TOKEN);
  });

  it('does no more than was confirmed, and nothing that came later', async () => {
    for (let n = 0; n < 3; n++) await s.put(n);
    const { at, count } = await s.view<LetterCountView>('dead-letters/count');
    await new Promise((resolve) => setTimeout(resolve, 5));
    await s.put(9);
    const filter = { to: String(at + 1) };
    expect(await redrive({ filter, count })).toMatchObject({ settled: 3, isDone: true });
    expect((await list()).letters).toMatchObject([{ id: 'id-9' }]);
  });
});

describe('letters that somebody else has sent, or damaged', () => {
  /** Damages the letter with this id, as something else may: its metadata stays. Resolves with its name. */
  async function damage(id: string, text: string): Promise<string> {
    const found = (await list()).letters.find((one) => one.id === id);
    const { name } = found ?? { name: '' };
    const service = BlobServiceClient.fromConnectionString(s.azurite.connectionString);
    const blob = service.getContainerClient('xdr-relay-dead-letters').getBlockBlobClient(name);
    const { metadata = {} } = await blob.getProperties();
    await blob.upload(text, Buffer.byteLength(text), { metadata });
    return name;
  }
  const names = async () => (await list()).letters.map(({ name }) => name);
  const results = ({ results: all }: LettersDone) => all.map(({ result }) => result).sort();

  it('do not keep the others of a choice from being sent or removed', async () => {
    for (let n = 0; n < 4; n++) await s.put(n);
    const chosen = await names();
    const damaged = await damage('id-0', '{"v":1,');
    const gone = chosen.find((name) => name !== damaged) ?? '';
    await s.act<LettersDone>('dead-letters/drop', { names: [gone], count: 1 });
    const sent = await s.act<LettersDone>('dead-letters/redrive', { names: chosen, count: 4 });
    expect(results(sent)).toEqual(['accepted', 'accepted', 'gone', 'unreadable']);
    expect(sent).toMatchObject({ settled: 3, isDone: true });
    expect(sent.stopped).toBeUndefined();
    const dropped = await s.act<LettersDone>('dead-letters/drop', { names: chosen, count: 4 });
    expect(results(dropped)).toEqual(['gone', 'gone', 'gone', 'removed']);
    expect(await names()).toEqual([]);
  });

  it('are told of, and removed, among those of a filter', async () => {
    for (let n = 0; n < 4; n++) await s.put(n);
    const damaged = await damage('id-2', '["no letter"]');
    const sent = await s.act<LettersDone>('dead-letters/redrive', { filter: {}, count: 4 });
    expect(results(sent)).toEqual(['accepted', 'accepted', 'accepted', 'unreadable']);
    expect(await names()).toEqual([damaged]);
    await expect(s.view('dead-letters/letter', { name: damaged })).rejects.toMatchObject({
      code: 'dead_letter_unreadable',
    });
    const dropped = await s.act<LettersDone>('dead-letters/drop', { filter: {}, count: 1 });
    expect(dropped).toMatchObject({ settled: 1, isDone: true });
  });
});

describe('dropping', () => {
  it('removes what the filter selects, and says how much', async () => {
    for (let n = 0; n < 4; n++) await s.put(n);
    await s.put(7, { reason: 'too_large' });
    s.most = { letters: 3, ms: 20_000 };
    const filter = { reason: 'hec_6' };
    const first = await s.act<LettersDone>('dead-letters/drop', { filter, count: 4 });
    expect(first).toMatchObject({ settled: 3, isDone: false });
    const rest = await s.act<LettersDone>('dead-letters/drop', { filter, count: 1, after: first.next });
    expect(rest).toMatchObject({ settled: 1, isDone: true });
    expect((await list()).letters).toMatchObject([{ reason: 'too_large' }]);
    expect(s.splunk.counts.events).toBeGreaterThan(0);
  });

  it('is described in words for the audit log', () => {
    const drop = ACTS.find(({ path }) => path === 'dead-letters/drop');
    expect(drop?.describe({ filter: { destination: 'splunk', reason: 'hec_6' }, count: 1200 })).toBe(
      'removes for good at most 1,200 dead letters: dead letters of splunk with the reason "hec_6"',
    );
  });
});
