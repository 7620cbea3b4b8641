/** Explains an event of a mapped shape: which line of which mapping file gave which field. */
import type { EnvelopeHead, MappedShape } from '../../shared/event.ts';
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import { JsonText } from './event-tree.ts';
import type { Shapes } from './shapes.ts';
import type { Violation } from './validate/violation.ts';
import { violationsOf } from './validate/violations.ts';
import type { Way } from './way.ts';

/** A field that a column filled. */
export interface ExplainedField {
  readonly field: string;
  readonly value: JsonValue;
  /** The column, with the members on the way into it. */
  readonly column: string;
  /** The path of the mapping file below `transforms/`. */
  readonly file: string;
  readonly line: number;
}

export interface ExplainedShape {
  /** OCSF: the class; ECS: absent. */
  readonly class?: string;
  /** In the order of the event. Fields that every event has, such as `event.id`, come from no file. */
  readonly fields: readonly ExplainedField[];
  /** The whole event. */
  readonly event: JsonObject;
  /** What is wrong with it by the schema: nothing. */
  readonly violations: readonly Violation[];
}

/** Explains what a row becomes in a shape. @param row its columns behind the steps of the table file. */
export function explainShape(
  shapes: Shapes,
  shape: MappedShape,
  row: JsonObject,
  head: EnvelopeHead,
): ExplainedShape {
  const used: Way[] = [];
  const { form, filled, className } = shapes.of(shape, head.table).make(row, head, used);
  const fields = used.flatMap(({ slot, column, members, origin }): ExplainedField[] => {
    const value = filled.values[slot.index];
    if (
      value === undefined ||
      value instanceof JsonText ||
      !form.template.shows(slot, filled.values, filled.there)
    )
      return [];
    const { file, path } = origin;
    return [
      {
        field: slot.path,
        value,
        column: [column, ...members].join('.'),
        file: file.path,
        line: file.span(path).line,
      },
    ];
  });
  const event = JSON.parse(shapes.text(shape, row, head)) as JsonObject;
  return {
    ...(className === undefined ? {} : { class: className }),
    fields,
    event,
    violations: violationsOf(shape, event),
  };
}
