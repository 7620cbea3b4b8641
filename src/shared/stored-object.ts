/** The schema of an object in the state that older and newer relays write in turn. */
import { z } from 'zod';

/**
 * Keeps keys that the schema does not know: a newer relay may have written them, and gets them back from this one. They are in no type.
 *
 * @param schema an object whose known keys are checked as ever.
 */
export function storedObject<S extends z.ZodObject>(schema: S): z.ZodType<z.output<S>> {
  return z.looseObject(schema.shape) as unknown as z.ZodType<z.output<S>>;
}
