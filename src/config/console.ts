// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** The schema of `console` in relay.yaml: where the web console is served, who may use it, and what it may show. */
import { z } from 'zod';
import { httpUrl } from '../destinations/common.ts';
import { headerText, secret } from '../shared/secret.ts';
import { entraId } from './entra-id.ts';

/** The least a key of the console may have: shorter ones can be guessed. Characters. */
const LEAST_KEY = 16;

const role = z.enum(['viewer', 'operator']);

const keyLogin = z.strictObject({
  name: z
    .string()
    .regex(/^[\p{L}\p{N}](?:[\p{L}\p{N} ._@-]{0,62}[\p{L}\p{N}])?$/u, 'a name of at most 64 characters')
    .describe('Who uses the key, for the audit log. Each name once.')
    .meta({ examples: ['soc-shift'] }),
  key: secret(headerText.min(LEAST_KEY).max(512))
    .describe('The key that is typed into the login page, of 16 characters or more.')
    .meta({ examples: ['${XDR_RELAY_CONSOLE_KEY}'] }),
  role: role
    .default('viewer')
    .describe('`viewer` may look; `operator` may also change things, such as redrive dead letters.'),
});

const groups = (what: string) =>
  z
    .array(entraId)
    .max(50)
    .default([])
    .describe(`Object ids of the groups whose members ${what}.`)
    .meta({ examples: [['9f0e6a4d-3e3c-4c57-9f0e-6a4d6a1f2b3c']] });

const entraLogin = z.strictObject({
  tenant_id: entraId
    .describe('The tenant whose people log in.')
    .meta({ examples: ['1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c'] }),
  client_id: entraId
    .describe("The application (client) id of the console's app registration.")
    .meta({ examples: ['7c9e6679-7425-40de-944b-e07fc1f90ae7'] }),
  client_secret: secret(z.string().min(LEAST_KEY).max(512))
    .describe("That application's client secret.")
    .meta({ examples: ['${XDR_RELAY_CONSOLE_SECRET}'] }),
  viewers: groups('may look'),
  operators: groups('may also change things'),
  authority: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe("Entra ID's address, if it is not that of `cloud`.")
    .meta({ examples: ['https://login.microsoftonline.com'] }),
});

const loginConfig = z.strictObject({
  keys: z.array(keyLogin).max(50).default([]).describe('Keys with which people log in. Each key once.'),
  entra: entraLogin
    .optional()
    .describe(
      'Log in with Entra ID (OpenID Connect). Needs `console.public_url`. The app roles `viewer` and `operator` count as the groups do.',
    )
    .meta({
      examples: [
        {
          tenant_id: '1b2f0a52-3e3c-4c57-9f0e-6a4d6a1f2b3c',
          client_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
          client_secret: '${XDR_RELAY_CONSOLE_SECRET}',
          viewers: ['9f0e6a4d-3e3c-4c57-9f0e-6a4d6a1f2b3c'],
        },
      ],
    }),
});

const rowsConfig = z.strictObject({
  show: z
    .boolean()
    .default(false)
    .describe('Whether pages show the content of rows: dead letters, what an alert matched.'),
  tables: z
    .array(z.string().regex(/^\w{1,128}$/, "a table's name"))
    .max(200)
    .optional()
    .describe('Only rows of these tables. Default: of all.')
    .meta({ examples: [['DeviceProcessEvents']] }),
  mask: z
    .array(z.string().regex(/^[\w.*]{1,128}$/, 'a column, with `*` for any characters'))
    .max(200)
    .default([])
    .describe(
      'Columns whose values are replaced by `(masked)` before they leave the relay; `*` stands for any characters.',
    )
    .meta({ examples: [['AccountUpn', '*IPAddress']] }),
});

export const consoleConfig = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('Address to listen on. Another one than loopback needs `login`. Node only.'),
    port: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(8030)
      .describe('Port to listen on; 0 picks a free one. Node only.'),
    public_url: httpUrl
      .optional()
      .describe(
        "The origin at which browsers reach the console, where a proxy stands in front of it: for the login's redirect, and for the checks of `Host` and `Origin`.",
      )
      .meta({ examples: ['https://relay.contoso.com'] }),
    login: loginConfig
      .optional()
      .describe('Who may use the console. Without it, the console is served on loopback alone.')
      .meta({ examples: [{ keys: [{ name: 'soc-shift', key: '${XDR_RELAY_CONSOLE_KEY}' }] }] }),
    rows: rowsConfig.prefault({}).describe('Whether the console shows rows, which hold personal data.'),
    capture: z
      .boolean()
      .default(false)
      .describe(
        'Whether operators may have the next rows of a table kept for the playground: at most 50 rows, behind the steps of the table that remove or redact, for an hour, in the state. Only of tables that `console.rows` shows.',
      ),
  })
  .describe(
    'The web console: docs/console.md. Left out: there is none. `console: {}` serves it on this machine.',
  );

export type ConsoleConfig = z.infer<typeof consoleConfig>;
