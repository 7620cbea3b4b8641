/** Sends a request with the credentials of a destination, a second time where these have to be asked for anew. */
import type { Authorization, Credential } from './authorization.ts';
import type { HttpReply } from './http.ts';

/** A reply to a request with credentials. */
export interface AuthorizedReply {
  readonly reply: HttpReply;
  /** What of the request's credentials the reply may repeat, besides the secrets of the configuration. */
  readonly secrets: readonly string[];
}

/** A token that was taken back before its time is asked for anew, once. Throws as `post` and {@link Authorization} do. */
export async function postAuthorized(
  authorization: Authorization,
  signal: AbortSignal,
  post: (credential: Credential | undefined) => Promise<HttpReply>,
): Promise<AuthorizedReply> {
  const credential = await authorization.credential(signal);
  const reply = await post(credential);
  if (reply.status !== 401 || !authorization.refused(credential)) {
    return { reply, secrets: credential?.secrets ?? [] };
  }
  const next = await authorization.credential(signal);
  return { reply: await post(next), secrets: next?.secrets ?? [] };
}
