import { z } from 'zod';
import { commonConfig, httpUrl } from '../common.ts';
import { secretKey } from './signature.ts';

/** Headers that are ours or the transport's: a custom one of that name is an error. */
const RESERVED =
  /^(?:content-.*|webhook-.*|host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|expect|proxy-.*)$/i;
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]{0,8192}$/;

const headerName = z
  .string()
  .regex(HEADER_NAME, 'a header name')
  .refine(
    (name) => !RESERVED.test(name),
    'a header of your own: host, content-* and webhook-* are set by xdr-relay',
  );

/** `type: webhook` in relay.yaml. */
export const webhookConfig = z.strictObject({
  type: z.literal('webhook'),
  url: httpUrl,
  /** Standard Webhooks secrets (`whsec_` + base64); two while rotating: each signs. */
  secrets: z
    .array(
      z
        .string()
        .startsWith('whsec_')
        .refine((text) => secretKey(text) !== undefined, 'whsec_ and 24 to 64 bytes in base64'),
    )
    .max(2)
    .default([]),
  headers: z.record(headerName, z.string().regex(HEADER_VALUE, 'a header value on one line')).default({}),
  format: z.enum(['standard', 'cloudevents']).default('standard'),
  /** `batch`: an array of events a request; `single`: one. */
  mode: z.enum(['batch', 'single']).default('batch'),
  ...commonConfig,
});

export type WebhookConfig = z.infer<typeof webhookConfig>;
