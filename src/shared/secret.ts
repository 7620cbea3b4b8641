/** Marks the keys of relay.yaml whose values are kept from view. */
import { z } from 'zod';

/**
 * How a key of relay.yaml is kept from view.
 *
 * - `always`: it must come from the environment (`${NAME}`) and is never shown.
 * - `from-env`: it may be written out; where it came from the environment it is not shown.
 */
export type Secrecy = 'always' | 'from-env';

/** Marks a schema: the value must come from the environment, and no command, log or error shows it. */
export function secret<S extends z.ZodType>(schema: S): S {
  return schema.meta({ ...schema.meta(), secrecy: 'always' satisfies Secrecy });
}

/** Marks a schema: the value may be written out in relay.yaml; it is not shown where it came from the environment. */
export function sensitive<S extends z.ZodType>(schema: S): S {
  return schema.meta({ ...schema.meta(), secrecy: 'from-env' satisfies Secrecy });
}

/**
 * Text that can stand in an HTTP header's value (RFC 9110, section 5.5; `fetch` takes Latin-1). A secret that cannot
 * would be refused with each request, far from where it was set.
 */
export const headerText = z
  .string()
  .regex(
    /^[\t\x20-\x7e\x80-\xff]*$/,
    'text that can stand in a request header: one line, no control characters, nothing beyond Latin-1',
  );

/** How this schema's values are kept from view; undefined for ordinary ones. Looks at this schema only, not inside it. */
export function secrecyOf(schema: z.core.$ZodType): Secrecy | undefined {
  const { secrecy } = z.globalRegistry.get(schema) ?? {};
  return secrecy === 'always' || secrecy === 'from-env' ? secrecy : undefined;
}
