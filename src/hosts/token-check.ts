/** Makes the check of Event Grid's tokens from relay.yaml, for both hosts. */
import { CLOUDS } from '../azure/cloud.ts';
import type { RelayConfig } from '../config/schema.ts';
import type { eventGridTokens, TokenCheck, TokenSettings } from '../event-grid/tokens.ts';
import { RelayError } from '../shared/errors.ts';

/**
 * The check of Event Grid's tokens, as `server.entra` asks for it; undefined without. Sends nothing.
 *
 * It keeps Entra ID's keys: make one for as long as the process or the isolate lives.
 */
export function tokenCheck(
  { cloud, server: { entra } }: RelayConfig,
  deps: Parameters<typeof eventGridTokens>[1],
): TokenCheck | undefined {
  if (!entra) return undefined;
  const { issuers, eventGrid, authority } = CLOUDS[cloud];
  const tenantId = entra.tenant_id.toLowerCase();
  const own = entra.authority?.replace(/\/+$/, '');
  const applicationId = entra.client_id ?? eventGrid.applicationId;
  if (applicationId === undefined) {
    // The checks of relay.yaml have found that already; a guess would let nobody in, or somebody else.
    throw new RelayError('config_invalid', 'server.entra.client_id is missing');
  }
  const v2 = own === undefined ? issuers.v2 : `${own}/{tenant}/v2.0`;
  const settings: TokenSettings = {
    authority: own ?? authority,
    tenantId,
    issuers: [issuers.v1, v2].map((issuer) => issuer.replace('{tenant}', tenantId)),
    audiences: entra.audience,
    applicationId,
  };
  let check: TokenCheck | undefined;
  return async (token) => {
    // Loaded with the first token: most relays see none, and jose takes about 25 ms of a start.
    const { eventGridTokens: make } = await import('../event-grid/tokens.ts');
    check ??= make(settings, deps);
    return check(token);
  };
}
