/** What the replies of an OTLP/HTTP endpoint mean (OTLP Specification 1.9.0, "OTLP/HTTP Response"). */
import { z } from 'zod';
import { authorizationSecrets } from '../authorization.ts';
import { DestinationRefusedError, RetryableError, RowsRefusedError } from '../errors.ts';
import type { HttpReply } from '../http.ts';
import { describe, excerpt, parsedJson, type ReplyContext, secretsInUrl, troubleIn } from '../reply.ts';
import type { OtlpConfig } from './config.ts';

/** An int64, which is a string in this encoding; decoders take numbers too. */
const count = z.lazy(() =>
  z
    .union([
      z.number().int(),
      z
        .string()
        .regex(/^-?\d{1,15}$/)
        .transform(Number),
    ])
    .default(0),
);
const partial = z.object({
  rejectedLogRecords: count,
  errorMessage: z.string().default('').catch(''),
});
/** An ExportLogsServiceResponse. Without a partial success it is `{}`; an object with other members is somebody else's answer. */
const response = z.lazy(() =>
  z.union([
    z.object({ partialSuccess: partial.nullable() }),
    z.strictObject({}).transform(() => ({ partialSuccess: null })),
  ]),
);
/** A google.rpc.Status, with which failures are told. Its codes are those of gRPC; a proxy writes other numbers there. */
const status = z.object({ code: z.number().int().min(1).max(16), message: z.string() });

/**
 * Undefined is acceptance of all records. 204 without a body is one too: Grafana Loki answers so (grafana/loki, issue 15761).
 *
 * Of a partial success it is not told which records were rejected, so it is a refusal of rows without their places: delivery sends parts
 * of the batch until each rejected row is alone. Records that were taken come again meanwhile, under the same `log.record.uid`. The
 * specification forbids to repeat such a request as it is, which would change nothing; dropping what was rejected would lose rows.
 */
export function otlpTrouble(
  reply: HttpReply,
  size: number,
  context: ReplyContext,
): RetryableError | RowsRefusedError | DestinationRefusedError | undefined {
  const trouble = troubleIn(reply, context);
  if (trouble !== undefined) return inWords(trouble, reply);
  if (reply.status === 204 && reply.body === '') return undefined;
  const said = response.safeParse(parsedJson(reply.body)).data;
  if (said === undefined) {
    return new RetryableError('bad_reply', `${describe(reply, context)} (no reply of OTLP)`);
  }
  const { rejectedLogRecords = 0, errorMessage = '' } = said.partialSuccess ?? {};
  if (rejectedLogRecords <= 0) return undefined;
  const why = excerpt(errorMessage, context.secrets);
  return new RowsRefusedError(
    'rows_refused',
    `${context.who} rejected ${rejectedLogRecords} of ${size} log records${why === '' ? '' : `: ${why}`}`,
  );
}

/** A 400 blames rows only where the endpoint itself says it, since a proxy's says nothing about them; 413 in any words. */
function inWords(
  trouble: RetryableError | RowsRefusedError | DestinationRefusedError,
  reply: HttpReply,
): RetryableError | RowsRefusedError | DestinationRefusedError {
  const isAboutRows = trouble instanceof RowsRefusedError && reply.status !== 413;
  if (!isAboutRows || isStatus(reply)) return trouble;
  return new DestinationRefusedError('refused', `${trouble.message} (not OTLP)`);
}

function isStatus(reply: HttpReply): boolean {
  return status.safeParse(parsedJson(reply.body)).success;
}

/** What a reply may repeat of the request's secrets. */
export function otlpSecrets({ headers, auth, url }: OtlpConfig): readonly string[] {
  const values = Object.values(headers);
  // `Bearer abc`: a reply may repeat the second word alone.
  const words = values.flatMap((value) => value.split(' ')).filter((word) => word.length >= 8);
  return [...authorizationSecrets(auth), ...values, ...words, ...secretsInUrl(url)];
}
