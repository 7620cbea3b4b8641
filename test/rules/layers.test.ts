import { describe, expect, it } from 'vitest';
import { layered } from '../../src/rules/layers.ts';
import { filesOf } from './helpers.ts';

const ID = '11111111-1111-4111-8111-111111111111';
const OTHER = '22222222-2222-4222-8222-222222222222';
const sigma = (title: string, id = ID) => `title: ${title}\nid: ${id}\nlogsource: { category: x }\n`;
const texts = (...folders: readonly Readonly<Record<string, string>>[]) =>
  Object.fromEntries(layered(folders.map(filesOf)).files.map(({ path, text }) => [path, text]));

describe('several folders of rule files', () => {
  it('one folder stays as it is', () => {
    const files = { 'a/b.yml': 'x', 'A/B.yaml': 'y', 'detections/x.yml': sigma('A') };
    expect(texts(files)).toEqual(files);
  });

  it('a later file replaces that of the same path, whatever its ending', () => {
    expect(
      texts(
        { 'DeviceEvents.yaml': 'table: DeviceEvents # 1', 'overrides.yml': '1', 'schema.yaml': 's' },
        { 'DeviceEvents.yml': 'table: DeviceEvents # 2', 'overrides.yml': '2' },
      ),
    ).toEqual({ 'DeviceEvents.yml': 'table: DeviceEvents # 2', 'overrides.yml': '2', 'schema.yaml': 's' });
  });

  it('a folder of Sigma rules alone counts as detections, and a later rule of the same id wins', () => {
    const sigmaHq = { 'windows/whoami.yml': sigma('Theirs'), 'windows/other.yml': sigma('Other', OTHER) };
    const own = { 'DeviceEvents.yaml': 'table: DeviceEvents', 'detections/mine.yml': sigma('Mine') };
    expect(texts(sigmaHq, own)).toEqual({
      'detections/windows/other.yml': sigma('Other', OTHER),
      'DeviceEvents.yaml': 'table: DeviceEvents',
      'detections/mine.yml': sigma('Mine'),
    });
    // The other way round, SigmaHQ's rule wins.
    expect(Object.keys(texts(own, sigmaHq))).not.toContain('detections/mine.yml');
  });

  it('a file with a rule that no later folder has stays', () => {
    const both = { 'two.yml': `${sigma('A')}---\n${sigma('B', OTHER)}` };
    expect(Object.keys(texts(both, { 'detections/mine.yml': sigma('Mine') }))).toEqual([
      'detections/two.yml',
      'detections/mine.yml',
    ]);
  });

  it('a file with a rule that has no id stays: no later folder can have it', () => {
    const both = { 'two.yml': `${sigma('A')}---\ntitle: B\nlogsource: { category: x }\n` };
    expect(Object.keys(texts(both, { 'detections/mine.yml': sigma('Mine') }))).toEqual([
      'detections/two.yml',
      'detections/mine.yml',
    ]);
    const single = { 'one.yml': `---\n# theirs\n${sigma('A')}` };
    expect(Object.keys(texts(single, { 'detections/mine.yml': sigma('Mine') }))).toEqual([
      'detections/mine.yml',
    ]);
  });

  it('says where each file comes from', () => {
    const { origins } = layered([filesOf({ 'a.yml': sigma('A') }), filesOf({ 'detections/b.yml': 'b' })]);
    expect([...origins]).toEqual([
      ['detections/a.yml', { folder: 0, path: 'a.yml' }],
      ['detections/b.yml', { folder: 1, path: 'detections/b.yml' }],
    ]);
  });
});
