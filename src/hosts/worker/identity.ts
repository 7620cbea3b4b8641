/** Reads from the Worker's variables and secrets what it signs in to Entra ID as. */
import { z } from 'zod';
import type { Identity } from './credential.ts';
import { type Federation, federation } from './federation.ts';
import { WorkerSettingsError } from './settings.ts';

const address = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));
/** Entra ID of the public cloud. */
export const PUBLIC_AUTHORITY = 'https://login.microsoftonline.com';

const filled = z.string().min(1);

/** The names are those of `@azure/identity`'s EnvironmentCredential, the federated ones ours. */
const identitySchema = z.object({
  AZURE_TENANT_ID: filled.optional(),
  AZURE_CLIENT_ID: filled.optional(),
  AZURE_CLIENT_SECRET: filled.optional(),
  AZURE_AUTHORITY_HOST: address.default(PUBLIC_AUTHORITY),
  AZURE_FEDERATED_KEY: filled.optional(),
  AZURE_FEDERATED_ISSUER: address.optional(),
});

export interface WorkerIdentity {
  /** Undefined where relay.yaml has to bring a connection string. */
  readonly identity: Identity | undefined;
  readonly federation: Federation | undefined;
}

/** Who the Worker is, by its variables and secrets. Throws WorkerSettingsError and FederationError. */
export function workerIdentity(variables: Readonly<Record<string, string>>): WorkerIdentity {
  const { data, error } = identitySchema.safeParse(variables);
  if (!data) {
    const names = [...new Set(error.issues.map(({ path }) => String(path[0])))].join(', ');
    throw new WorkerSettingsError('worker_settings_invalid', `These variables have no valid value: ${names}`);
  }
  const { AZURE_FEDERATED_KEY: key, AZURE_FEDERATED_ISSUER: issuer } = data;
  const issued = key !== undefined && issuer !== undefined ? federation(issuer, key) : undefined;
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: secret } = data;
  if (tenantId === undefined || clientId === undefined) return { identity: undefined, federation: issued };
  const base = { tenantId, clientId, authority: data.AZURE_AUTHORITY_HOST };
  if (issued) {
    return { identity: { ...base, proof: { kind: 'assertion', sign: issued.sign } }, federation: issued };
  }
  if (secret === undefined) return { identity: undefined, federation: undefined };
  return { identity: { ...base, proof: { kind: 'secret', secret } }, federation: undefined };
}
