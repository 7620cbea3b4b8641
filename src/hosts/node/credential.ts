import type { TokenCredential } from '@azure/identity';

/**
 * The identity of the process: environment, workload identity, managed identity, Azure CLI
 * (Microsoft Learn, "DefaultAzureCredential overview"). Loaded and created at the first request for a token.
 */
export function defaultCredential(): TokenCredential {
  let made: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes, options) {
      made ??= import('@azure/identity').then((identity) => new identity.DefaultAzureCredential());
      return (await made).getToken(scopes, options);
    },
  };
}
