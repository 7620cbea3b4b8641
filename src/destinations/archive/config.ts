// biome-ignore-all lint/suspicious/noTemplateCurlyInString: relay.yaml's own syntax, in examples
/** `type: archive` in relay.yaml. */
import { z } from 'zod';
import { CLOUD_NAMES } from '../../azure/cloud.ts';
import { secret, sensitive } from '../../shared/secret.ts';
import { httpUrl, machineConfig } from '../common.ts';
import { checkEntra, entraFields } from '../entra-entry.ts';
import { accountOf } from './account.ts';

export const archiveConfig = z
  .strictObject({
    type: z.literal('archive'),
    account: z
      .string()
      .regex(/^[a-z0-9]{3,24}$/, "a storage account's name: 3 to 24 lower-case letters and digits")
      .optional()
      .describe('The storage account.')
      .meta({ examples: ['contosoarchive'] }),
    blob_endpoint: sensitive(httpUrl)
      .optional()
      .describe('The address, if it is not `https://<account>.blob.<suffix of the cloud>`.')
      .meta({ examples: ['https://archive.contoso.example'] }),
    connection_string: secret(z.string().min(1).max(4_096))
      .optional()
      .describe(
        'A connection string with an account key or a shared access signature, in place of the account.',
      )
      .meta({ examples: ['${ARCHIVE_CONNECTION_STRING}'] }),
    sas_token: secret(
      z.string().regex(/^\??[\w%.~=&+:/-]{1,4096}$/, 'a shared access signature: what follows the `?`'),
    )
      .optional()
      .describe(
        'A shared access signature for the container, with the permissions to read, create and write.',
      )
      .meta({ examples: ['${ARCHIVE_SAS}'] }),
    ...entraFields('the role Storage Blob Data Contributor on the container', 'ARCHIVE_CLIENT_SECRET'),
    container: z
      .string()
      .regex(
        /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/,
        'a name of a container: 3 to 63 lower-case letters, digits and single hyphens',
      )
      .default('xdr-archive')
      .describe('The container. It must exist, and have nothing else in it.'),
    access_tier: z
      .enum(['Hot', 'Cool', 'Cold'])
      .optional()
      .describe(
        "The tier that blobs are written in; the account's by default. Each batch rewrites its blob, which Azure bills as early deletion in Cool and Cold: a lifecycle rule that moves blobs later costs less.",
      )
      .meta({ examples: ['Cool'] }),
    cloud: z
      .enum(CLOUD_NAMES)
      .optional()
      .describe('The cloud of the account. Default: by the endpoint, else the public one.')
      .meta({ examples: ['usgov'] }),
    ...machineConfig,
  })
  .superRefine((entry, context) => {
    const fail = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    const { connection_string, account, blob_endpoint, sas_token } = entry;
    const { tenant_id, client_id, client_secret } = entry;
    checkEntra(entry, context);
    if (connection_string === undefined && account === undefined && blob_endpoint === undefined) {
      return fail('account', 'given, or `blob_endpoint` or `connection_string` in its place');
    }
    if (sas_token !== undefined || connection_string !== undefined) {
      const proof = sas_token === undefined ? 'connection_string' : 'sas_token';
      for (const [key, value] of Object.entries({ tenant_id, client_id, client_secret })) {
        if (value !== undefined) fail(key, `left out: \`${proof}\` proves who writes already`);
      }
    }
    if (connection_string === undefined) return;
    for (const [key, value] of Object.entries({ account, blob_endpoint, sas_token })) {
      if (value !== undefined) fail(key, 'left out: `connection_string` says where the archive is already');
    }
    if (accountOf({ connection_string }) === undefined) {
      fail(
        'connection_string',
        'an Azure Storage connection string with an account key or a shared access signature',
      );
    }
  })
  .describe('JSON Lines, compressed, in a container of Azure Storage: by table and hour, each row once.');

export type ArchiveConfig = z.infer<typeof archiveConfig>;
