/** `if` on steps: Sigma's detection, on the row as Defender wrote it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRow } from '../../../src/blobs/rows/parse-row.ts';
import { scannedLineSplitter } from '../../../src/blobs/rows/scanned-lines.ts';
import { scanPage } from '../../../src/blobs/rows/scanner/index.ts';
import { compileProgram } from '../../../src/rules/compile.ts';
import { explain } from '../../../src/rules/explain.ts';
import { rowOf } from '../../../src/rules/testing/run.ts';
import type { Row } from '../../../src/shared/event.ts';
import type { JsonObject } from '../../../src/shared/json.ts';
import { compile, context, filesOf } from '../helpers.ts';

const table = (steps: string) => ({
  'DeviceProcessEvents.yaml': `table: DeviceProcessEvents\ntransform:\n${steps}`,
});
const IF = 'if: { x: { FileName|endswith: .exe }, condition: x }';

/** The same as `rowOf` makes, as a blob's reader finds it. */
function scannedRowOf(name: string, properties: JsonObject): Row {
  const line = `${JSON.stringify({ category: `AdvancedHunting-${name}`, properties })}\n`;
  const limit = 2 * line.length;
  const [raw] = scannedLineSplitter(0, limit, scanPage).push(Buffer.from(line));
  const parsed = raw && parseRow(raw, 'container/blob', limit);
  if (!parsed?.ok || !parsed.row.bytes) throw new Error('the row does not stay bytes');
  return parsed.row;
}

describe('the condition of a step', () => {
  const { told, evaluate } = compile(
    table(`  - { remove: [MD5], ${IF} }\n  - lowercase: [FileName]\n  - { set: { kind: program }, ${IF} }\n`),
  );
  const event = (columns: JsonObject) => {
    const verdict = evaluate('DeviceProcessEvents', columns);
    return verdict.kind === 'forwarded' ? verdict.event : undefined;
  };

  it('decides whether it runs, whatever steps before it did', () => {
    expect(told).toEqual([]);
    expect(event({ FileName: 'A.EXE', MD5: 'x' })).toEqual({ FileName: 'a.exe', kind: 'program' });
    expect(event({ FileName: 'A.TXT', MD5: 'x' })).toEqual({ FileName: 'a.txt', MD5: 'x' });
  });

  it('equals a route with the same detection (property)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom('a.exe', 'A.EXE', '.exe', 'exe', ''), fc.string()), (FileName) => {
        expect(Object.hasOwn(event({ FileName }) ?? {}, 'kind')).toBe(
          FileName.toLowerCase().endsWith('.exe'),
        );
      }),
    );
  });

  it('holds for steps of routes, and beside filters and detections', () => {
    const text = `filter:
  - { title: f, detection: { x: { DeviceName: drop }, condition: x } }
routes:
  - { to: splunk, transform: [{ redact: { columns: FileName }, ${IF} }] }
`;
    const found = compile({ 'DeviceProcessEvents.yaml': `table: DeviceProcessEvents\n${text}` });
    expect(found.told).toEqual([]);
    const sent = (FileName: string) => {
      const verdict = found.evaluate('DeviceProcessEvents', { FileName });
      const [route] = verdict.kind === 'forwarded' ? verdict.routes : [];
      return verdict.kind === 'forwarded' && route && verdict.shaper?.columnsFor(route)?.event;
    };
    expect([sent('a.exe'), sent('a.txt')]).toEqual([{ FileName: '[redacted]' }, { FileName: 'a.txt' }]);
  });

  it.each([
    { how: 'a parsed row', rowFor: rowOf },
    { how: 'a row that stays bytes', rowFor: scannedRowOf },
  ])('runs the step where it cannot see all of a long value, and tells of that: $how', ({ rowFor }) => {
    const patterns = Array.from({ length: 24 }, (_, n) => `'([a-z]{1,20}){3}[0-9]{2}${n}?$'`).join(', ');
    const found = compile(
      table(
        `  - { redact: { columns: MD5 }, if: { x: { ProcessCommandLine|re: [${patterns}] }, condition: x } }\n`,
      ),
    );
    const columns = { MD5: 'x', ProcessCommandLine: `${'a'.repeat(1_000_000)}!` };
    const verdict = found.rules?.evaluate(rowFor('DeviceProcessEvents', columns));
    expect(verdict?.kind === 'forwarded' && verdict.event.MD5).toBe('[redacted]');
    expect(verdict?.cut).toEqual(['redact']);
  });

  it('mistakes are told where they are', () => {
    const mistakes = (steps: string) => compile(table(steps)).told.join();
    expect(mistakes('  - { remove: MD5, if: { x: { FileNam: a }, condition: x } }\n')).toContain(
      'error unknown-column',
    );
    expect(mistakes('  - { remove: MD5, if: yes }\n')).toContain('DeviceProcessEvents.yaml:3:');
    expect(mistakes('  - { if: { x: { FileName: a }, condition: x } }\n')).toContain('a step without a verb');
  });

  it('is shown by explain as no change', () => {
    const { program } = compileProgram(filesOf(table(`  - { remove: [MD5], ${IF} }\n`)), context);
    const steps =
      program && explain(program, rowOf('DeviceProcessEvents', { FileName: 'a', MD5: 'x' })).steps;
    expect(steps).toEqual([{ verb: 'remove', changes: [] }]);
  });
});
