/** The identity with which a Node process signs in to Azure. */
import type { TokenCredential } from '@azure/identity';
import { withoutLineEnds } from '../../config/fill-in.ts';
import type { SignIn } from '../../config/sources.ts';

/**
 * The identity of the process: environment, workload identity, managed identity, Azure CLI
 * (Microsoft Learn, "DefaultAzureCredential overview"); for a source with a secret of its own, that application
 * ("ClientSecretCredential class"). Loaded and created at the first request for a token.
 *
 * A managed identity gets tokens of its own tenant alone: an account in another one is reached by a multitenant application that
 * was provisioned there (Microsoft Learn, "Configure cross-tenant authorization with Microsoft Entra").
 */
export function nodeCredentials({ authority, tenantId, clientId, clientSecret }: SignIn): TokenCredential {
  let made: Promise<TokenCredential> | undefined;
  const make = async (): Promise<TokenCredential> => {
    const { ClientSecretCredential, DefaultAzureCredential } = await import('@azure/identity');
    trimVariables(process.env);
    // AZURE_AUTHORITY_HOST, which workload identity sets in a cluster, is more specific than the cloud of relay.yaml.
    const authorityHost = process.env.AZURE_AUTHORITY_HOST || authority;
    const place = authorityHost === undefined ? {} : { authorityHost };
    if (tenantId !== undefined && clientId !== undefined && clientSecret !== undefined) {
      return new ClientSecretCredential(tenantId, clientId, clientSecret, place);
    }
    return new DefaultAzureCredential({
      ...place,
      ...(tenantId !== undefined && { tenantId, additionallyAllowedTenants: [tenantId] }),
      ...(clientId !== undefined && {
        managedIdentityClientId: clientId,
        workloadIdentityClientId: clientId,
      }),
    });
  };
  return {
    async getToken(scopes, options) {
      made ??= make();
      const credential = await made;
      // Whatever tenant the service names in its challenge: the one of relay.yaml is meant.
      return credential.getToken(scopes, tenantId === undefined ? options : { ...options, tenantId });
    },
  };
}

/** @azure/identity reads the variables itself: a line end in AZURE_CLIENT_SECRET would be part of the secret. */
function trimVariables(env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('AZURE_') && value !== undefined) env[name] = withoutLineEnds(value);
  }
}
