/** Generates Sigma rules for the benches of rules. */
import { stringify } from 'yaml';
import type { RuleFile } from '../../src/rules/rule-file.ts';
import { Random } from './random.ts';
import { FOLDERS, PROGRAMS, WORDS } from './vocabulary.ts';

type Value = string | readonly string[];
type Part = Readonly<Record<string, Value>> | readonly Readonly<Record<string, Value>>[];

/**
 * Rules with the shapes and proportions of SigmaHQ's process_creation rules: mostly an image and something on
 * its command line, lists of a few values, some of three characters, some beyond ASCII; one rule with 1,093 values.
 */
export function generateRules(count: number, seed = 1): readonly RuleFile[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, index) => ({
    path: `detections/rule_${index}.yml`,
    text: stringify({
      title: `Generated Rule ${index}`,
      id: `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`,
      status: 'test',
      description: 'A rule of the benchmark.',
      references: ['https://example.org/'],
      author: 'bench',
      date: '2026-11-23',
      tags: ['attack.execution', 'attack.t1059.001'],
      logsource: { category: 'process_creation', product: 'windows' },
      detection: index === 700 ? longest(random) : detection(random),
      falsepositives: ['Unknown'],
      level: random.pick(['low', 'medium', 'high'] as const),
    }),
  }));
}

function longest(random: Random): Record<string, unknown> {
  const values = Array.from({ length: 1093 }, () => `MD5=${random.hex(32)}`);
  return { selection: { 'Hashes|contains': values }, condition: 'selection' };
}

function detection(random: Random): Record<string, unknown> {
  const shape = random.next();
  const filters = random.chance(0.35) ? filterParts(random) : {};
  const unless = Object.keys(filters).length > 0 ? ' and not 1 of filter_main_*' : '';
  if (shape < 0.45) {
    const parts: Record<string, Part> = { selection_img: image(random), selection_cli: commandLine(random) };
    if (random.chance(0.25)) parts.selection_extra = commandLine(random);
    return { ...parts, ...filters, condition: `all of selection_*${unless}` };
  }
  if (shape < 0.65) {
    // Alone, rules look for something longer than a switch.
    return { selection: commandLine(random, telling), ...filters, condition: `selection${unless}` };
  }
  if (shape < 0.8) {
    const selection = { 'ParentImage|endswith': images(random, 4), 'Image|endswith': images(random, 8) };
    return { selection, ...filters, condition: `selection${unless}` };
  }
  if (shape < 0.9) {
    const parts = {
      selection_1: commandLine(random, telling),
      selection_2: { ...(image(random)[0] ?? {}), ...commandLine(random) },
    };
    return { ...parts, ...filters, condition: `1 of selection_*${unless}` };
  }
  if (shape < 0.95) {
    const tool = `${random.pick(WORDS)}${random.hex(2)}`;
    const selection = [
      { 'Image|endswith': `\\${tool}.exe` },
      { Description: `${tool} utility` },
      { Product: tool },
    ];
    return { selection, condition: 'selection' };
  }
  if (shape < 0.98) {
    const selection = {
      'CommandLine|re': `${random.pick(WORDS)}.{0,${random.int(1, 20)}}[a-z0-9]{4,}=${random.pick(WORDS)}`,
    };
    return { selection, condition: 'selection' };
  }
  const selection = {
    'Image|contains': [
      `\\${random.pick(WORDS)}\\${random.pick(WORDS)}\\`,
      ':\\PerfLogs\\',
      ':\\$Recycle.bin\\',
    ],
  };
  return { selection, ...filters, condition: `selection${unless}` };
}

function image(random: Random): readonly Readonly<Record<string, Value>>[] {
  const names = programs(random, 3);
  const ends = names.map((name) => `\\${name}`);
  return [
    { 'Image|endswith': ends.length === 1 ? (ends[0] ?? '') : ends },
    { OriginalFileName: names.map((name) => (random.chance(0.3) ? name.toUpperCase() : name)) },
  ];
}

function programs(random: Random, most: number): string[] {
  return [...new Set(Array.from({ length: random.int(1, most) }, () => random.skewed(PROGRAMS)))];
}

function images(random: Random, most: number): string[] {
  return programs(random, most).map((name) => `\\${name}`);
}

function commandLine(random: Random, value = anyValue): Readonly<Record<string, Value>> {
  const modifiers = random.next();
  const values = Array.from({ length: random.chance(0.1) ? random.int(10, 40) : random.int(1, 6) }, () =>
    value(random),
  );
  const several = [...new Set(values)];
  if (modifiers < 0.2)
    return {
      'CommandLine|contains|all': [...new Set([...several, value(random), word(random)])].slice(0, 4),
    };
  if (modifiers < 0.3)
    return { 'CommandLine|contains|windash': several.map((text) => ` -${text.trim()}`).slice(0, 4) };
  if (modifiers < 0.34) return { 'CommandLine|endswith': several };
  return { 'CommandLine|contains': several };
}

function telling(random: Random): string {
  return anyValue(random, 0.1 + 0.75 * random.next());
}

function anyValue(random: Random, kind = random.next()): string {
  if (kind < 0.1) return random.pick([' -e', '/c ', ' -w', '.js', ' -s', '/i:', '-ep', ' .\\', ' /d']);
  if (kind < 0.18) return `${random.pick(['–', '—', '―', 'Ä', 'ｅ', 'ˢ'])}${word(random)}`;
  if (kind < 0.5) return ` ${random.pick(['-', '/', '--'])}${word(random)}${random.chance(0.5) ? ' ' : ''}`;
  if (kind < 0.7) return `${capital(word(random))}-${capital(word(random))}`;
  if (kind < 0.85) return `\\${capital(word(random))}\\${word(random)}`;
  return `${word(random)}.${random.pick(['exe', 'dll', 'ps1', 'bat', 'com', 'net'])}`;
}

function word(random: Random): string {
  const text = random.pick(WORDS);
  return random.chance(0.5) ? `${text}${random.pick(WORDS)}` : text;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function filterParts(random: Random): Record<string, Part> {
  const parts: Record<string, Part> = {};
  for (let index = random.int(1, 3); index > 0; index--) {
    parts[`filter_main_${index}`] = random.chance(0.5)
      ? { 'Image|startswith': [random.pick(FOLDERS), random.pick(FOLDERS)] }
      : {
          ParentImage: `${random.pick(FOLDERS)}${random.skewed(PROGRAMS)}`,
          'CommandLine|contains': word(random),
        };
  }
  return parts;
}
