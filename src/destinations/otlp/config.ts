// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: otlp` in relay.yaml. */
import { z } from 'zod';
import { headerText, ownHeaderName, sensitive } from '../../shared/secret.ts';
import { authorizationConfig, headersOfAuth } from '../authorization.ts';
import { httpUrl, machineConfig } from '../common.ts';

/** The resource of all records has at least these by itself. */
const OWN = ['azure.tenant.id'];

export const otlpConfig = z
  .strictObject({
    type: z.literal('otlp'),
    url: sensitive(httpUrl)
      .describe(
        'Base address of the OTLP/HTTP endpoint; `/v1/logs` is added where the address does not end with it.',
      )
      .meta({ examples: ['https://collector.contoso.example:4318'] }),
    headers: z
      .record(ownHeaderName, sensitive(headerText.max(8192)))
      .default({})
      .describe('Additional request headers. Take secret values from the environment.')
      .meta({ examples: [{ 'api-key': '${OTLP_API_KEY}' }] }),
    auth: authorizationConfig,
    resource: z
      .record(z.string().min(1).max(255), z.string().max(1024))
      .refine((members) => Object.keys(members).length <= 64, 'at most 64 attributes')
      .refine(
        (members) => !OWN.some((key) => Object.hasOwn(members, key)),
        `attributes other than ${OWN.join(', ')}, which the rows have`,
      )
      .default({})
      .describe(
        'Attributes of the resource of all records, over `service.name: microsoft-defender-xdr` and `cloud.provider: azure`.',
      )
      .meta({ examples: [{ 'deployment.environment.name': 'production' }] }),
    compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of the requests.'),
    ...machineConfig,
  })
  .superRefine(({ auth, headers }, context) => {
    for (const issue of headersOfAuth(auth, headers)) context.addIssue(issue);
  })
  .describe('Logs by OTLP/HTTP: an OpenTelemetry Collector, or any product that takes OTLP.');

export type OtlpConfig = z.infer<typeof otlpConfig>;
