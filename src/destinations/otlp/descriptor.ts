// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** What others need to know of the destination `otlp`. */
import type { HttpDescriptor } from '../descriptor.ts';
import { otlpConfig } from './config.ts';
import { logRecords } from './encode.ts';
import { otlpSecrets } from './reply.ts';
import { otlpSender } from './send.ts';

export const otlp: HttpDescriptor<typeof otlpConfig> & { readonly audience: 'machines' } = {
  type: 'otlp',
  title: 'OpenTelemetry (OTLP)',
  who: 'The OTLP endpoint',
  audience: 'machines',
  needs: 'http',
  config: otlpConfig,
  // A row as an OTLP value is two to three times as long as its JSON.
  defaults: { batch: { items: 1_000, bytes: 4_194_304, ageMs: 1_000 }, concurrency: 4 },
  timeoutMs: 30_000,
  shape: 'relay',
  encode: logRecords,
  addresses: ({ url }) => [url],
  secrets: otlpSecrets,
  // What products call the header of their keys: `api-key`, `x-api-key`.
  secretLooks: [/\b(api-key["']?[ \t]*[:=][ \t]*["']?)[^\s"',;]{8,}/gi],
  send: otlpSender,
  least: { type: 'otlp', url: 'https://collector.example:4318' },
  example: `otel:
  type: otlp
  url: https://collector.contoso.example:4318
  auth: { type: bearer, token: "\${OTLP_TOKEN}" }
`,
  variables: [
    {
      name: 'OTLP_TOKEN',
      hint: 'the token that the authenticator of your collector wants, or the product; a key in another header goes into `headers`',
    },
  ],
  inNewFile: 'off',
  docs: 'A batch is accepted when the endpoint answers 200 with an ExportLogsServiceResponse that rejects nothing, or 204. Of a partial success it is not told which records were rejected, so parts of the batch are sent again until each of them is alone. See docs/destinations/otlp.md.',
};
