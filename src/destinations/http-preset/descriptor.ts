// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** What others need to know of the destination `http_preset`. */
import type { HttpDescriptor } from '../descriptor.ts';
import { httpPresetConfig } from './config.ts';
import { presetRecords } from './encode.ts';
import { frameBytes } from './frame.ts';
import { resolvedPreset } from './resolve.ts';
import { presetSender } from './send.ts';
import { presetOf } from './shipped-presets.ts';

/** Records are seldom smaller, so what stands between those of a small request does not take the room of the records. */
const FEW_BYTES = 64;

export const httpPreset: HttpDescriptor<typeof httpPresetConfig> & { readonly audience: 'machines' } = {
  type: 'http_preset',
  title: 'Datadog, Sumo Logic, Google SecOps',
  who: 'The receiver',
  audience: 'machines',
  needs: 'http',
  config: httpPresetConfig,
  defaults: { batch: { items: 1_000, bytes: 1_048_576, ageMs: 1_000 }, concurrency: 4 },
  batch(config, limits) {
    const { preset, frame } = resolvedPreset(config);
    const most = preset.limits.bytes ?? Number.POSITIVE_INFINITY;
    const fit = Math.max(1, Math.floor((most - frameBytes(frame, 1)) / FEW_BYTES));
    const items = Math.min(limits.items, preset.limits.events ?? limits.items, fit);
    return { ...limits, items, bytes: Math.min(limits.bytes, most - frameBytes(frame, items)) };
  },
  timeoutMs: 30_000,
  // Products that tell of each record do so in some hundred bytes; half of such a reply is no acceptance, and the batch would be sent for ever.
  maxReplyBytes: 4 * 1_048_576,
  shape: 'relay',
  shapeOf: (config) => presetOf(config)?.shape,
  encode: presetRecords,
  addresses(config) {
    const { url, auth } = resolvedPreset(config);
    if (auth?.type === 'oauth2') return [url, auth.token_url];
    return auth?.type === 'google_service_account' ? [url, auth.key.token_uri] : [url];
  },
  secrets: (config) => resolvedPreset(config).secrets,
  secretLooks: [
    /\b(dd-api-key["']?[ \t]*[:=][ \t]*["']?)[^\s"',;]+/gi,
    /(\/receiver\/v1\/http\/)[^\s"'?#]+/g,
    /(-----BEGIN PRIVATE KEY-----)[^-]+/g,
    /\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]+/g,
    /\bya29\.[\w.-]+/g,
  ],
  send: presetSender,
  least: {
    type: 'http_preset',
    preset: 'datadog',
    secrets: { api_key: '0123456789abcdef0123456789abcdef' },
  },
  example: `datadog:
  type: http_preset
  preset: datadog
  settings: { site: datadoghq.eu }
  secrets: { api_key: "\${DATADOG_API_KEY}" }
`,
  variables: [{ name: 'DATADOG_API_KEY', hint: 'Datadog: Organization Settings, API Keys' }],
  inNewFile: 'no',
  docs: 'Shipped presets are `datadog`, `sumo` and `google_secops`; others are files that you write: see [presets](destinations/presets.md). What counts as accepted and which limits are kept stands in the preset. A record above the limit of the product goes to the dead letters, since products cut such records and say that they have taken them.',
};
