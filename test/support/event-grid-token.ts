/** A tenant of the substitute for Entra ID that signs tokens as Event Grid's, for tests of a whole relay on either host. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { CLOUDS } from '../../src/azure/cloud.ts';

/** What `server.entra` of the relay has to say. */
export const AUDIENCE = 'api://xdr-relay';

export interface TokenTenant {
  /** The lines of relay.yaml below `server:`. */
  readonly entra: string;
  /** A good token, with claims replaced. */
  sign(claims?: object): Promise<string>;
}

/** @param origin of the substitute. */
export async function tokenTenant(origin: string): Promise<TokenTenant> {
  const tenant = crypto.randomUUID();
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const body = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one' }] });
  const url = `${origin}/${tenant}/discovery/v2.0/keys`;
  const put = await fetch(url, { method: 'PUT', body: JSON.stringify({ status: 200, body }) });
  await put.text();
  return {
    entra: `entra: { tenant_id: ${tenant}, audience: ["${AUDIENCE}"], authority: "${origin}" }`,
    sign: (claims = {}) =>
      new SignJWT({
        iss: `https://sts.windows.net/${tenant}/`,
        aud: AUDIENCE,
        appid: CLOUDS.public.eventGrid.applicationId,
        roles: ['AzureEventGridSecureWebhookSubscriber'],
        ...claims,
      })
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setExpirationTime('1h')
        .sign(privateKey),
  };
}
