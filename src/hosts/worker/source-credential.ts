/** Chooses what the Worker signs in with for one storage account. */
import type { TokenCredential } from '@azure/identity';
import type { SignIn } from '../../config/sources.ts';
import { type CredentialDeps, clientCredential, type Identity } from './credential.ts';
import type { WorkerIdentity } from './identity.ts';

/**
 * What the Worker signs in with for one account: its own identity, in another tenant or as another application where relay.yaml says
 * so, or an application with a secret of its own. Undefined where it has none of them.
 */
export function workerCredential(
  own: Pick<WorkerIdentity, 'authority' | 'identity'>,
  signIn: SignIn & Pick<CredentialDeps, 'refused'>,
  deps: CredentialDeps,
): TokenCredential | undefined {
  const identity = identityFor(own, signIn);
  if (!identity) return undefined;
  const credential = clientCredential(identity, { ...deps, refused: signIn.refused });
  const { tenantId } = signIn;
  if (tenantId === undefined) return credential;
  // Whatever tenant the service names in its challenge: the one of relay.yaml is meant.
  return { getToken: (scopes, options) => credential.getToken(scopes, { ...options, tenantId }) };
}

function identityFor(
  { authority, identity: own }: Pick<WorkerIdentity, 'authority' | 'identity'>,
  { tenantId, clientId, clientSecret: secret }: SignIn,
): Identity | undefined {
  if (tenantId !== undefined && clientId !== undefined && secret !== undefined) {
    return { tenantId, clientId, authority, proof: { kind: 'secret', secret } };
  }
  return own && { ...own, tenantId: tenantId ?? own.tenantId, clientId: clientId ?? own.clientId };
}
