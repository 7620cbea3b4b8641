import type { TokenCredential } from '@azure/identity';
import { withoutLineEnds } from '../../config/fill-in.ts';

/**
 * The identity of the process: environment, workload identity, managed identity, Azure CLI
 * (Microsoft Learn, "DefaultAzureCredential overview"). Loaded and created at the first request for a token.
 */
export function defaultCredential(): TokenCredential {
  let made: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes, options) {
      made ??= import('@azure/identity').then((identity) => {
        trimVariables(process.env);
        return new identity.DefaultAzureCredential();
      });
      return (await made).getToken(scopes, options);
    },
  };
}

/** @azure/identity reads the variables itself: a line end in AZURE_CLIENT_SECRET would be part of the secret. */
function trimVariables(env: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('AZURE_') && value !== undefined) env[name] = withoutLineEnds(value);
  }
}
