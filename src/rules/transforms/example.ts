/** An example of a step, beside its definition: the rule reference prints it, editors show it, and a test runs it. */
import type { JsonObject, JsonValue } from '../../shared/json.ts';
import type { RuleFile } from '../rule-file.ts';

/** A step's settings, with a row before and after it. The test compares the whole row. */
export interface StepExample {
  /** The table of the row. Default: DeviceProcessEvents. */
  readonly table?: string;
  /** Steps that must run before, such as `parse_json`. */
  readonly before?: readonly JsonObject[];
  /** What stands after the verb. */
  readonly value: JsonValue;
  readonly row: JsonObject;
  readonly result: JsonObject;
  /** Values of the variables that the example names. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Files that the example needs, such as a list. */
  readonly files?: readonly RuleFile[];
}
