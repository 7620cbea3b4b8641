/** The names that ATT&CK has for the tags of rules. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attackNames, attackTags, tacticOf, techniqueName } from '../../src/shared/attack.ts';
import { TECHNIQUES } from '../../src/shared/attack-techniques.ts';

describe('techniques', () => {
  it.each([
    ['T1105', 'Ingress Tool Transfer'],
    ['t1059.001', 'Command and Scripting Interpreter: PowerShell'],
    ['T1003.008', 'OS Credential Dumping: /etc/passwd and /etc/shadow'],
    ['T1547.001', 'Boot or Logon Autostart Execution: Registry Run Keys / Startup Folder'],
    ['T1562.001', 'Impair Defenses: Disable or Modify Tools'],
    ['T1685.005', 'Disable or Modify Tools: Clear Windows Event Logs'],
    ['T1059.999', undefined],
    ['T9999', undefined],
    ['__proto__', undefined],
    ['T1105 x', undefined],
  ])('%s is called %s', (id, name) => {
    expect(techniqueName(id)).toBe(name);
  });

  it('has every technique and sub-technique in its form, each once and in order', () => {
    const ids = [...TECHNIQUES].flatMap(([id, { name, subtechniques }]) => {
      expect(id).toMatch(/^T\d{4}$/);
      const subs = [...subtechniques];
      for (const [sub, text] of [['000', name] as const, ...subs]) {
        expect(sub).toMatch(/^\d{3}$/);
        expect(text).toMatch(/^[\p{L}/.][^|]*\S$/u);
      }
      return [id, ...subs.map(([sub]) => `${id}.${sub}`)];
    });
    expect(ids).toEqual([...new Set(ids)].toSorted());
    expect(ids.length).toBeGreaterThan(690);
  });

  it('names every tag of the rules that come with the relay', () => {
    const folder = join(import.meta.dirname, '../../transforms');
    const texts = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.ya?ml$/.test(path))
      .map((path) => readFileSync(join(folder, path), 'utf8'));
    const tags = texts.flatMap((text) => text.match(/- attack\.[a-z][\w.-]+/g) ?? []);
    const isNamed = (tag: string) => techniqueName(tag.slice(9)) ?? tacticOf(tag.slice(9));
    expect(tags.length).toBeGreaterThan(0);
    expect(tags.filter((tag) => !isNamed(tag))).toEqual([]);
  });
});

describe('tags', () => {
  it('are read by name, a technique only where no sub-technique says more', () => {
    const tags = ['attack.execution', 'attack.t1059', 'attack.t1059.001', 'attack.t1105', 'cve.2021-44228'];
    expect(attackNames(tags)).toEqual({
      tactics: [{ name: 'Execution', id: 'TA0002' }],
      techniques: [
        { id: 'T1105', name: 'Ingress Tool Transfer' },
        { id: 'T1059.001', name: 'Command and Scripting Interpreter: PowerShell' },
      ],
    });
    expect(attackTags(tags).techniques).toEqual(['T1059', 'T1105']);
    expect(attackNames(['attack.t9999']).techniques).toEqual([{ id: 'T9999' }]);
  });

  it('name the tactics of ATT&CK 19 and the one that it split', () => {
    expect(tacticOf('stealth')).toEqual({ name: 'Stealth', id: 'TA0005' });
    expect(tacticOf('defense-impairment')).toEqual({ name: 'Defense Impairment', id: 'TA0112' });
    expect(tacticOf('defense_evasion')).toEqual({ name: 'Defense Evasion', id: 'TA0005' });
  });
});
