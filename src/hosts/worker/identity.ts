/** Reads from the Worker's variables and secrets what it signs in to Entra ID as. */
import { z } from 'zod';
import { CLOUDS, type CloudName } from '../../azure/cloud.ts';
import type { Identity } from './credential.ts';
import { type Federation, federation } from './federation.ts';
import { WorkerSettingsError } from './settings.ts';

const address = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));

const filled = z.string().min(1);

/** The names are those of `@azure/identity`'s EnvironmentCredential, the federated ones ours. */
const identitySchema = z.object({
  AZURE_TENANT_ID: filled.optional(),
  AZURE_CLIENT_ID: filled.optional(),
  AZURE_CLIENT_SECRET: filled.optional(),
  AZURE_AUTHORITY_HOST: address.optional(),
  AZURE_FEDERATED_KEY: filled.optional(),
  AZURE_FEDERATED_ISSUER: address.optional(),
});

export interface WorkerIdentity {
  /** Entra ID, where tokens are requested: of AZURE_AUTHORITY_HOST, else of the relay's cloud. */
  readonly authority: string;
  /** Undefined where relay.yaml has to bring a connection string. */
  readonly identity: Identity | undefined;
  readonly federation: Federation | undefined;
}

/** Who the Worker is, by its variables and secrets, and the cloud of relay.yaml. Throws WorkerSettingsError and FederationError. */
export function workerIdentity(
  variables: Readonly<Record<string, string>>,
  cloud: CloudName,
): WorkerIdentity {
  const { data, error } = identitySchema.safeParse(variables);
  if (!data) {
    const names = [...new Set(error.issues.map(({ path }) => String(path[0])))].join(', ');
    throw new WorkerSettingsError('worker_settings_invalid', `These variables have no valid value: ${names}`);
  }
  const { AZURE_FEDERATED_KEY: key, AZURE_FEDERATED_ISSUER: issuer } = data;
  const issued = key !== undefined && issuer !== undefined ? federation(issuer, key) : undefined;
  const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId, AZURE_CLIENT_SECRET: secret } = data;
  const authority = data.AZURE_AUTHORITY_HOST ?? CLOUDS[cloud].authority;
  if (tenantId === undefined || clientId === undefined) {
    return { authority, identity: undefined, federation: issued };
  }
  const base = { tenantId, clientId, authority };
  if (issued) {
    const proof = { kind: 'assertion', sign: issued.sign } as const;
    return { authority, identity: { ...base, proof }, federation: issued };
  }
  if (secret === undefined) return { authority, identity: undefined, federation: undefined };
  return { authority, identity: { ...base, proof: { kind: 'secret', secret } }, federation: undefined };
}
