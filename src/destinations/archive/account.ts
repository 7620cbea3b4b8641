/** How the account of an archive is reached: its address, and what proves who writes. */
import { z } from 'zod';
import { CLOUDS, type CloudName } from '../../azure/cloud.ts';

/** Where the blobs are, and the key or the signature that was given. */
export interface ArchiveAccount {
  /** The address of the blob service, without a slash at the end. With Azurite it ends in the account's name. */
  readonly endpoint: string;
  /** Present where the account's key was given. */
  readonly key?: { readonly account: string; readonly secret: string };
  /** A shared access signature, without `?`. */
  readonly sas?: string;
}

/** Keys of an entry that say where the archive is. */
export interface AccountEntry {
  readonly account?: string | undefined;
  readonly blob_endpoint?: string | undefined;
  readonly connection_string?: string | undefined;
  readonly sas_token?: string | undefined;
  readonly cloud?: CloudName | undefined;
}

const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/);

/**
 * The account of an entry; undefined where it names none, or where its connection string is none with a key or a signature
 * (Microsoft Learn, "Configure Azure Storage connection strings").
 */
export function accountOf(entry: AccountEntry): ArchiveAccount | undefined {
  const { connection_string: text, account, blob_endpoint: given, sas_token: sas, cloud = 'public' } = entry;
  if (text !== undefined) return accountIn(text);
  const endpoint =
    given ?? (account === undefined ? undefined : `https://${account}.blob.${CLOUDS[cloud].storageSuffix}`);
  if (endpoint === undefined) return undefined;
  return { endpoint: trimmed(endpoint), ...(sas !== undefined && { sas: sas.replace(/^\?/, '') }) };
}

function accountIn(text: string): ArchiveAccount | undefined {
  const parts = new Map(
    text
      .split(';')
      .filter((part) => part.includes('='))
      .map((part) => {
        const at = part.indexOf('=');
        return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const;
      }),
  );
  const account = parts.get('accountname');
  const secret = parts.get('accountkey');
  const sas = parts.get('sharedaccesssignature');
  const protocol = parts.get('defaultendpointsprotocol') ?? 'https';
  const suffix = parts.get('endpointsuffix') ?? CLOUDS.public.storageSuffix;
  const endpoint =
    parts.get('blobendpoint') ??
    (account === undefined ? undefined : `${protocol}://${account}.blob.${suffix}`);
  if (endpoint === undefined || !/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint)) return undefined;
  if (sas) return { endpoint: trimmed(endpoint), sas: sas.replace(/^\?/, '') };
  if (account === undefined || !base64.safeParse(secret).success || secret === undefined) return undefined;
  return { endpoint: trimmed(endpoint), key: { account, secret } };
}

function trimmed(endpoint: string): string {
  return endpoint.replace(/\/+$/, '');
}
