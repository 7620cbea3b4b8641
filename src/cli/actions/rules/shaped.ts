/** Prints what rows become in a shape, as destinations for machines get it. */

import type { Delivery } from '../../../destinations/port.ts';
import { type Shape, writeShape } from '../../../destinations/shapes.ts';
import { deliveriesOf } from '../../../relay/rows/deliveries.ts';
import { DryRun } from '../../../rules/dry-run.ts';
import type { Program } from '../../../rules/program.ts';
import { violationsOf } from '../../../rules/shapes/validate/violations.ts';
import { ByteWriter } from '../../../shared/byte-writer.ts';
import type { MappedShape, Route, Row, Verdict } from '../../../shared/event.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { plural } from '../../../shared/readable.ts';
import { rowTime } from '../../../shared/row-time.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import type { RowSource } from './rows.ts';

export interface ShapedOptions {
  readonly shape: Shape;
  /** Check each event against the schema of its shape. */
  readonly validate: boolean;
}

/** More violations than these are counted, not shown. */
const SHOWN = 100;
const decoder = new TextDecoder();

/**
 * Writes the events and alerts of all rows to standard output, one JSON text a line, and notes rows that cannot be read and, with
 * `validate`, each violation. Exits with 1 where there was one.
 */
export async function printShaped(
  program: Program,
  sources: readonly RowSource[],
  options: ShapedOptions,
  { out, signal }: { readonly out: Output; readonly signal: AbortSignal | undefined },
): Promise<ExitCode> {
  const counts = { events: 0, violations: 0, unreadable: 0 };
  const lines = async function* (): AsyncGenerator<string> {
    const run = new DryRun(program);
    for (const source of sources) {
      for await (const { parsed } of source.rows()) {
        signal?.throwIfAborted();
        if (!parsed.ok) {
          counts.unreadable += 1;
          continue;
        }
        const { verdict } = run.next(parsed.row, rowTime(parsed.row) ?? 0);
        for (const delivery of deliveries(program, parsed.row, verdict)) {
          const text = textOf(options.shape, delivery);
          counts.events += 1;
          if (options.validate) note(text, `${source.name}@${parsed.row.source.offset}`);
          yield `${text}\n`;
        }
      }
    }
  };
  const note = (text: string, place: string) => {
    for (const { path, message } of violationsIn(options.shape, text)) {
      counts.violations += 1;
      if (counts.violations <= SHOWN) out.note(`${place}: ${path} ${message}`);
    }
  };
  await out.printAll(lines());
  if (counts.unreadable > 0) out.note(`${plural(counts.unreadable, 'row')} could not be read`);
  if (!options.validate) return EXIT.ok;
  out.note(`${plural(counts.events, 'event')}, ${plural(counts.violations, 'violation')}`);
  return counts.violations === 0 ? EXIT.ok : EXIT.failed;
}

/** The event and, once each, the alerts of a row; wherever the routes would send them. */
function deliveries(program: Program, row: Row, verdict: Verdict): readonly Delivery[] {
  if (verdict.kind === 'filtered') return [];
  const to = 'all';
  const alerts = new Map<string, Route>();
  for (const { rule, severity } of verdict.routes) {
    if (rule)
      alerts.set(rule.id ?? rule.title, { to, rule, ...(severity === undefined ? {} : { severity }) });
  }
  const [all] = deliveriesOf(row, verdict, [{ to }, ...alerts.values()], program.shapes);
  return all?.[1] ?? [];
}

function textOf(shape: Shape, delivery: Delivery): string {
  const writer = new ByteWriter();
  writeShape(shape, delivery, writer);
  return decoder.decode(writer.slice());
}

function violationsIn(shape: Shape, text: string): ReturnType<typeof violationsOf> {
  return isMapped(shape) ? violationsOf(shape, JSON.parse(text) as JsonValue) : [];
}

/** Whether a shape has an official schema. */
export function isMapped(shape: Shape): shape is MappedShape {
  return shape === 'ecs' || shape === 'ocsf';
}
