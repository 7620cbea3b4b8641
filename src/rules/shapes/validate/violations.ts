/** Checks an event against the official schema of its shape. */
import type { MappedShape } from '../../../shared/event.ts';
import type { JsonValue } from '../../../shared/json.ts';
import { ecsViolations } from './ecs.ts';
import { ocsfViolations } from './ocsf.ts';
import type { Violation } from './violation.ts';

/** What is wrong with an event; empty: it is valid. */
export function violationsOf(shape: MappedShape, event: JsonValue): readonly Violation[] {
  return shape === 'ecs' ? ecsViolations(event) : ocsfViolations(event);
}
