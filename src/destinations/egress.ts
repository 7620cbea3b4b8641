// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `proxy:` and `tls:` of a destination: the way out of a network, and the certificates on it. For hosts with sockets. */
import { z } from 'zod';
import { secret } from '../shared/secret.ts';

/** Larger texts are no certificates. UTF-16 units. */
const LONGEST_PEM = 65_536;

const pem = (what: string, label: RegExp) =>
  z
    .string()
    .max(LONGEST_PEM)
    .refine((text) => label.test(text), `${what} in PEM, which begins with -----BEGIN`);

const certificates = pem('certificates', /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/);
const privateKey = pem(
  'a private key',
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]+-----END [A-Z ]*PRIVATE KEY-----/,
);

const proxy = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/ })
      .refine((text) => {
        if (!URL.canParse(text)) return true;
        const { username, password, pathname, search } = new URL(text);
        return username === '' && password === '' && pathname === '/' && search === '';
      }, 'an address such as http://proxy.contoso.example:3128: the user name and password have keys of their own')
      .describe('The address of the proxy, http or https.')
      .meta({ examples: ['http://proxy.contoso.example:3128'] }),
    username: z
      .string()
      .min(1)
      .max(1_024)
      .refine((name) => !name.includes(':'), 'a user name without a colon (RFC 7617)')
      .optional()
      .describe('The user name at the proxy.')
      .meta({ examples: ['xdr-relay'] }),
    password: secret(z.string().min(1).max(1_024))
      .optional()
      .describe('The password at the proxy.')
      .meta({ examples: ['${PROXY_PASSWORD}'] }),
  })
  .refine(({ username, password }) => password === undefined || username !== undefined, {
    path: ['password'],
    message: 'needs `username` beside it',
  });

const tls = z
  .strictObject({
    ca: certificates
      .optional()
      .describe(
        'The authorities that the receiver’s certificate may be from, in place of the known ones, in PEM.',
      )
      .meta({ examples: ['${file:/etc/ssl/contoso-ca.pem}'] }),
    certificate: certificates
      .optional()
      .describe(
        'The certificate by which the relay shows who it is (mutual TLS), and those between it and its authority, in PEM.',
      )
      .meta({ examples: ['${file:/run/secrets/client.pem}'] }),
    key: secret(privateKey)
      .optional()
      .describe('The private key of `certificate`, in PEM.')
      .meta({ examples: ['${file:/run/secrets/client.key}'] }),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    message: 'must have both `certificate` and `key`, or neither',
  });

/** What every destination over HTTP may set, on hosts with sockets. */
export const egressConfig = {
  proxy: z
    .union([z.literal('none'), proxy])
    .optional()
    .describe(
      'The proxy on the way to the destination, or `none`. Default: what the environment says in HTTPS_PROXY, HTTP_PROXY and NO_PROXY. The proxy looks names up, so `allow_networks` is checked only where the address is a literal one. Not on Workers.',
    )
    .meta({ examples: [{ url: 'http://proxy.contoso.example:3128' }] }),
  tls: tls
    .optional()
    .describe('Certificates. Not on Workers.')
    .meta({ examples: [{ ca: '${file:/etc/ssl/contoso-ca.pem}' }] }),
} as const;

/** `proxy:` of a destination. */
export type ProxySetting = NonNullable<z.output<typeof egressConfig.proxy>>;
/** `tls:` of a destination. */
export type TlsSetting = NonNullable<z.output<typeof egressConfig.tls>>;

/** How an address may be reached. */
export interface Way {
  /** Networks beyond the public internet. */
  readonly allowNetworks: readonly string[];
  readonly proxy?: ProxySetting | undefined;
  readonly tls?: TlsSetting | undefined;
}
