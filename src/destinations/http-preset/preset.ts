/** The schema of a preset file: how one product takes events over HTTP, as data. */
import { z } from 'zod';
import { sizeBetween } from '../../shared/duration.ts';
import { ownHeaderName } from '../../shared/secret.ts';
import { ABOUT_SHAPES, SHAPES } from '../shapes.ts';
import { presetProblems } from './preset-checks.ts';
import { replySchema } from './reply-schema.ts';

/** What settings are called. Names of the event's fields are taken. */
const settingName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,62}$/, 'a name of lower-case letters, digits and _, with a letter first');

const template = z.string().min(1).max(8_192);

const setting = z
  .strictObject({
    description: z.string().min(1).max(1_000).describe('What it is, for people who write relay.yaml.'),
    secret: z
      .boolean()
      .default(false)
      .describe(
        'A secret stands under `secrets` of the destination, must come from the environment, a file or Key Vault, and is never shown. It cannot be part of a record.',
      ),
    optional: z
      .boolean()
      .default(false)
      .describe(
        'Whether it may be left out. Headers and members of records that name it are left out with it.',
      ),
    default: z.string().min(1).max(8_192).optional().describe('Its value where relay.yaml gives none.'),
    values: z.array(z.string().min(1)).min(1).max(200).optional().describe('The values that it may have.'),
    pattern: z
      .string()
      .min(1)
      .max(500)
      .optional()
      .describe('A regular expression (RE2) that its whole value must match.'),
    example: z.string().optional().describe('For people.'),
  })
  .describe('One setting.');

const auth = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('basic'), username: template, password: template }),
    z.strictObject({ type: z.literal('bearer'), token: template }),
    z.strictObject({ type: z.literal('api_key'), header: ownHeaderName, key: template }),
    z.strictObject({
      type: z.literal('oauth2'),
      token_url: template,
      client_id: template,
      client_secret: template,
      scope: template.optional(),
      audience: template.optional(),
      client_auth: z.enum(['basic', 'post']).default('basic'),
    }),
    z.strictObject({
      type: z.literal('google_service_account'),
      key: template.describe("The content of the service account's key file, in JSON."),
      scope: template.describe('Scopes, separated by spaces.'),
    }),
  ])
  .describe(
    'How requests prove who sends them: as `auth` of a destination, with templates; and `google_service_account`, whose key signs a JWT for an access token.',
  );

const request = z
  .strictObject({
    url: template.describe(
      'The address. A setting that begins it holds a whole address; others are encoded for the place where they stand.',
    ),
    headers: z.record(ownHeaderName, template).default({}).describe('Further headers.'),
    auth: auth.optional(),
    compression: z.enum(['none', 'gzip']).default('none').describe('`gzip`: with `Content-Encoding: gzip`.'),
  })
  .describe('The requests, which are POST.');

const body = z
  .strictObject({
    content_type: z
      .string()
      .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\w-]+=[\w-]+)*$/, 'a media type such as "application/json"')
      .default('application/json')
      .describe('The content type.'),
    framing: z
      .enum(['array', 'lines', 'object'])
      .describe(
        '`array`: the records as a JSON array; `lines`: one record a line; `object`: an array of them somewhere in `object`.',
      ),
    object: z
      .json()
      .optional()
      .describe(
        'For `framing: object`: JSON with the string `{records}` where the array of the records stands.',
      ),
    record: z
      .json()
      .describe(
        'JSON of one record, with templates in its strings: fields of the event and settings. `{event}` alone is the event itself.',
      ),
  })
  .describe('The body of a request.');

const limits = z
  .strictObject({
    events: z.number().int().min(1).max(100_000).optional().describe('Records in one request, at most.'),
    bytes: sizeBetween('1KiB', '64MiB', 'a batch is held in memory whole')
      .optional()
      .describe('Bytes of a body before compression, at most.'),
    event_bytes: sizeBetween('1KiB', '64MiB', 'a batch is held in memory whole')
      .optional()
      .describe('Bytes of one record, at most. A larger one is not sent: it is refused to the dead letters.'),
  })
  .default({})
  .describe('What the product takes.');

export const presetSchema = z
  .strictObject({
    title: z
      .string()
      .regex(/^[^\p{C}|]{1,60}$/u, 'the name of a product, at most 60 characters')
      .describe('What the product is called in messages.'),
    documentation: z
      .array(z.url({ protocol: /^https$/ }))
      .max(20)
      .default([])
      .describe("The vendor's pages that the preset is made from."),
    shape: z
      .enum(SHAPES)
      .default('relay')
      .describe(
        `The form of events where relay.yaml says nothing: ${SHAPES.map((shape) => `\`${shape}\`, ${ABOUT_SHAPES[shape]}`).join(', or ')}.`,
      ),
    settings: z.record(settingName, setting).default({}).describe('What relay.yaml gives it.'),
    request,
    body,
    limits,
    replies: z
      .array(replySchema)
      .min(1)
      .max(100)
      .describe(
        'What replies mean: the first entry that matches counts. A 2xx that matches none is no acceptance, and is tried again; any other status means what it means for all destinations.',
      ),
  })
  .superRefine((preset, context) => {
    for (const { path, message } of presetProblems(preset)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  })
  .describe('How one product takes events over HTTP.');

/** A checked preset. */
export type Preset = z.output<typeof presetSchema>;
/** What `settings` declares of one. */
export type Setting = z.output<typeof setting>;
