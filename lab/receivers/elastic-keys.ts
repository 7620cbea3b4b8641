/**
 * Elasticsearch's check of API keys.
 *
 * Sources: https://www.elastic.co/docs/deploy-manage/api-keys/elasticsearch-api-keys (the header's form); for the words of refusals,
 * https://github.com/elastic/go-elasticsearch/issues/279 and https://github.com/elastic/elasticsearch-js/issues/2683.
 */
import { whole } from './elastic-errors.ts';
import type { ReceivedRequest, ReceiverReply } from './server.ts';

const CHALLENGES = ['Basic realm="security", charset="UTF-8"', 'Bearer realm="security"', 'ApiKey'];

/** The form of a key `<id>:<key>` in requests. */
export function encoded(key: string): string {
  return Buffer.from(key).toString('base64');
}

/** The 401 of a request without one of the keys, which have the form `<id>:<key>`; undefined with one. */
export function keyRefusal(
  { headers, path }: ReceivedRequest,
  keys: readonly string[],
): ReceiverReply | undefined {
  const refuse = (reason: string, why?: string) =>
    whole(
      401,
      {
        type: 'security_exception',
        reason,
        ...(why !== undefined && { additional_unsuccessful_credentials: why }),
        header: { 'WWW-Authenticate': CHALLENGES },
      },
      { 'www-authenticate': CHALLENGES.join(', ') },
    );
  const { authorization = '' } = headers;
  if (authorization === '') {
    return refuse(`missing authentication credentials for REST request [${path}]`);
  }
  const given = /^ApiKey +(\S+)$/i.exec(authorization)?.[1] ?? '';
  if (keys.some((key) => encoded(key) === given)) return undefined;
  const unable =
    'unable to authenticate with provided credentials and anonymous access is not allowed for this request';
  const [id] = Buffer.from(given, 'base64').toString().split(':');
  if (given === '') return refuse(unable);
  return refuse(
    unable,
    keys.some((key) => key.startsWith(`${id}:`))
      ? `API key: invalid credentials for API key [${id}]`
      : `API key: unable to find apikey with id ${id}`,
  );
}
