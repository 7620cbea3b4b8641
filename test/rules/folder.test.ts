/** Which file of a folder is a rule file, told by its name. */
import { describe, expect, it } from 'vitest';
import { rightName } from '../../src/rules/folder.ts';

describe('a name that is nearly that of a rule file', () => {
  it.each([
    ['detections/a.yml.txt', 'a.yml'],
    ['detections/deep/a.yaml.txt', 'a.yml'],
    ['detections/a.ymal', 'a.yml'],
    ['detections/a.yalm', 'a.yml'],
    ['detections/a.yam', 'a.yml'],
    ['detections/a.ym', 'a.yml'],
    ['detections/a.sigma', 'a.yml'],
    ['detections/a.test.ymal', 'a.test.yaml'],
    ['DeviceEvents.yml.txt', 'DeviceEvents.yaml'],
    ['DeviceEvents.json', 'DeviceEvents.yaml'],
    ['deviceevents.TXT', 'deviceevents.yaml'],
    ['mappings/a.YML.TXT', 'a.yaml'],
  ])('%s should be %s', (path, name) => {
    expect(rightName(path)).toBe(name);
  });

  it.each([
    'DeviceEvents.yaml',
    'detections/a.yml',
    'detections/a.YAML',
    'README.md',
    'detections/LICENSE.txt',
    'detections/a.yml.disabled',
    'detections/a.yml.bak',
    'detections/a.yml~',
    'rows/DeviceEvents.json',
    'row.json',
    'detections/message.eml',
    'a.xml',
    'a.y',
    'yml',
  ])('%s is none', (path) => {
    expect(rightName(path)).toBeUndefined();
  });
});
