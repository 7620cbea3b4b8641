/** Shapes for tests: the shipped mappings, and the checks of both schemas. */
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { shippedSchema } from '../../../src/rules/schema/index.ts';
import { compileShapes, type OnFallback, type Shapes } from '../../../src/rules/shapes/shapes.ts';
import type { EnvelopeHead, MappedShape } from '../../../src/shared/event.ts';
import type { JsonObject, JsonValue } from '../../../src/shared/json.ts';

export interface Compiled {
  readonly shapes: Shapes;
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles mapping files over the shipped ones. @param files text by path below `transforms/`. */
export function compiled(files: Readonly<Record<string, string>> = {}, onFallback?: OnFallback): Compiled {
  const diagnostics: Diagnostic[] = [];
  const shapes = compileShapes(
    Object.entries(files).map(([path, text]) => ({ path, text })),
    {
      schema: shippedSchema,
      variables: {},
      steps: new Map(),
      report: (diagnostic) => diagnostics.push(diagnostic),
      onFallback,
    },
  );
  return { shapes, diagnostics };
}

/** The envelope of a row. */
export function headOf(table: string, more: Partial<EnvelopeHead> = {}): EnvelopeHead {
  return {
    id: '0123456789abcdef0123456789abcdef',
    time: '2026-11-25T10:00:00.1234567Z',
    received: '2026-11-25T10:01:00.0000000Z',
    tenant: '1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c',
    table,
    source: { blob: 'insights-logs-advancedhunting-x/PT1H.json', offset: 17 },
    ...more,
  };
}

/** An alert on a row. */
export const asAlert: Partial<EnvelopeHead> = {
  severity: 'high',
  rule: {
    title: 'Encoded PowerShell',
    id: '6d7f3a52-0f6e-4d0b-9d53-3a1c4a7f1b10',
    description: 'What it does',
    author: 'A. Nalyst',
    tags: ['attack.execution', 'attack.t1059.001', 'cve.2024-1'],
    references: ['https://example.com/reference'],
    matched: [{ column: 'FileName', value: 'powershell.exe' }],
  },
};

export function eventOf(shapes: Shapes, shape: MappedShape, row: JsonObject, head: EnvelopeHead): JsonObject {
  return JSON.parse(shapes.text(shape, row, head)) as JsonObject;
}

/** All scalars inside a value, as text. */
export function scalarsIn(value: JsonValue): readonly string[] {
  if (value === null) return [];
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap((one) => scalarsIn(one));
  if (typeof value === 'object') return Object.values(value as JsonObject).flatMap((one) => scalarsIn(one));
  return [String(value)];
}
