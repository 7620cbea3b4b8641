// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: http_preset` in relay.yaml. */
import { z } from 'zod';
import { secret, sensitive } from '../../shared/secret.ts';
import { httpUrl, machineConfig } from '../common.ts';
import { presetSchema } from './preset.ts';
import { entryProblems } from './resolve.ts';

/** A key file of Google Cloud has some 2,300 characters. */
const LONGEST = 16_384;

/** Names are checked against the preset's, with what it has. */
const settingName = z.string().min(1).max(63);

/** Where to send in place of the preset's host. */
const origin = httpUrl.refine((text) => {
  if (!URL.canParse(text)) return true;
  const { pathname, search, hash } = new URL(text);
  return pathname === '/' && search === '' && hash === '';
}, 'an address without a path, such as "https://datadog.proxy.contoso.example"');

export const httpPresetConfig = z
  .strictObject({
    type: z.literal('http_preset'),
    preset: z
      .union([z.string().min(1).max(1_024), presetSchema])
      .describe(
        'The name of a shipped preset, or the path of a preset file, relative to relay.yaml: it has a `/` or ends in `.yml` or `.yaml`. docs/destinations/presets.md says how to write one.',
      )
      .meta({ examples: ['datadog'] }),
    settings: z
      .record(settingName, sensitive(z.string().min(1).max(LONGEST)))
      .default({})
      .describe('The settings that the preset has and that are no secrets.')
      .meta({ examples: [{ site: 'datadoghq.eu' }] }),
    secrets: z
      .record(settingName, secret(z.string().min(1).max(LONGEST)))
      .default({})
      .describe('The settings that the preset calls secret.')
      .meta({ examples: [{ api_key: '${DATADOG_API_KEY}' }] }),
    endpoint: sensitive(origin)
      .optional()
      .describe(
        "Scheme, host and port in place of those in the preset's address, whose path stays: a private link, a gateway.",
      )
      .meta({ examples: ['https://logs.proxy.contoso.example'] }),
    ...machineConfig,
  })
  .superRefine((entry, context) => {
    for (const { path, message } of entryProblems(entry)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  })
  .describe('A product that takes events over HTTP, as a preset describes it.');

export type HttpPresetConfig = z.infer<typeof httpPresetConfig>;
