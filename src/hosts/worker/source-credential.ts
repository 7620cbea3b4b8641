import type { TokenCredential } from '@azure/identity';
import type { SignIn } from '../../config/sources.ts';
import { type CredentialDeps, clientCredential, type Identity } from './credential.ts';
import { PUBLIC_AUTHORITY } from './identity.ts';

/**
 * What the Worker signs in with for one account: its own identity, in another tenant or as another application where relay.yaml says
 * so, or an application with a secret of its own. Undefined where it has none of them.
 */
export function workerCredential(
  own: Identity | undefined,
  { tenantId, clientId, clientSecret }: SignIn,
  deps: CredentialDeps,
): TokenCredential | undefined {
  if (tenantId !== undefined && clientId !== undefined && clientSecret !== undefined) {
    const authority = own?.authority ?? PUBLIC_AUTHORITY;
    return clientCredential(
      { tenantId, clientId, authority, proof: { kind: 'secret', secret: clientSecret } },
      deps,
    );
  }
  return (
    own &&
    clientCredential({ ...own, tenantId: tenantId ?? own.tenantId, clientId: clientId ?? own.clientId }, deps)
  );
}
