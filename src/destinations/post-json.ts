/** Posts one JSON message. */
import type { HttpSenderDeps } from './descriptor.ts';
import type { HttpReply } from './http.ts';
import type { ReplyContext } from './reply.ts';

export interface JsonPost {
  readonly url: string;
  /** Besides `content-type`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body: string | Uint8Array;
}

/** Sends once. Throws as the HTTP client does; what the reply means is the caller's. */
export async function postJson(
  { http, context }: HttpSenderDeps,
  { url, headers, body }: JsonPost,
  signal: AbortSignal,
): Promise<{ readonly reply: HttpReply; readonly context: ReplyContext }> {
  const all = { 'content-type': 'application/json; charset=utf-8', ...headers };
  const reply = await http.send({ method: 'POST', url, headers: all, body }, signal);
  return { reply, context: context() };
}
