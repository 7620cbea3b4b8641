/** Marks the keys of relay.yaml whose values must not be shown. */
import { z } from 'zod';

/**
 * How secret a key of relay.yaml is.
 *
 * - `always`: the value must come from the environment (`${NAME}`), a file or Key Vault, and is never shown.
 * - `from-env`: the value may be written in the file; if it comes from elsewhere, it is not shown.
 */
export type Secrecy = 'always' | 'from-env';

/** Marks a schema: the value must not be written in relay.yaml, and no command, log or error shows it. */
export function secret<S extends z.ZodType>(schema: S): S {
  return schema.meta({ ...schema.meta(), secrecy: 'always' satisfies Secrecy });
}

/** Marks a schema: the value may be written in relay.yaml; if it comes from elsewhere, it is not shown. */
export function sensitive<S extends z.ZodType>(schema: S): S {
  return schema.meta({ ...schema.meta(), secrecy: 'from-env' satisfies Secrecy });
}

/**
 * A string that is a valid HTTP header value (RFC 9110, section 5.5; `fetch` accepts Latin-1). Without this check, an invalid secret
 * would fail only with each request, far from where it was set.
 */
export const headerText = z
  .string()
  .regex(
    /^[\t\x20-\x7e\x80-\xff]*$/,
    'text that can stand in a request header: one line, no control characters, nothing beyond Latin-1',
  );

/** A string that is a name of an HTTP header (RFC 9110, section 5.1). */
export const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, 'a header name');

/** Headers that the relay or the transport sets: nobody else may. */
const RESERVED =
  /^(?:content-.*|webhook-.*|ce-.*|host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|proxy-.*)$/i;

/** The name of a header that people may add to the requests of a webhook. */
export const ownHeaderName = headerName.refine(
  (name) => !RESERVED.test(name),
  'a header of your own: host, content-*, ce-* and webhook-* are set by xdr-relay',
);

/** How secret the values of a schema are; undefined for ordinary values. Inspects only the schema itself, not the schemas inside it. */
export function secrecyOf(schema: z.core.$ZodType): Secrecy | undefined {
  const { secrecy } = z.globalRegistry.get(schema) ?? {};
  return secrecy === 'always' || secrecy === 'from-env' ? secrecy : undefined;
}
