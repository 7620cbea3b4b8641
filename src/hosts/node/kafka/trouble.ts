/** What errors of kafkajs mean: the protocol's own by their names, all others are the connection's. */
import { connectionTrouble } from '../../../destinations/connection-trouble.ts';
import { DestinationRefusedError, RetryableError } from '../../../destinations/errors.ts';
import { KafkaProtocolError } from '../../../destinations/kafka-client.ts';
import { foreignCodeOf } from '../../../shared/errors.ts';

/** An error of a socket, or of what was asked for a token, and where. */
export interface SocketTrouble {
  readonly error: unknown;
  /** `host:port`. */
  readonly broker: string;
}

/** @param socket the last error of a connection during the work, which kafkajs keeps the text of and no more. */
export function troubleOf(
  error: unknown,
  socket: SocketTrouble | undefined,
): KafkaProtocolError | RetryableError | DestinationRefusedError {
  const chain = causes(error);
  for (const each of chain) {
    if (each instanceof KafkaProtocolError || isTyped(each)) return each;
  }
  for (const each of chain) {
    if (!(each instanceof Error) || each.name !== 'KafkaJSProtocolError' || !('type' in each)) continue;
    return new KafkaProtocolError(String(each.type));
  }
  if (socket && isTyped(socket.error)) return socket.error;
  const named = (name: string) => chain.some((each) => each instanceof Error && each.name === name);
  if (!socket && named('KafkaJSSASLAuthenticationError'))
    return new KafkaProtocolError('SASL_AUTHENTICATION_FAILED');
  const code = socket && foreignCodeOf(socket.error);
  const who = socket?.broker ?? 'Kafka';
  const known = code === undefined ? undefined : connectionTrouble(code, who);
  if (known) return known;
  const isLate =
    named('KafkaJSRequestTimeoutError') || named('KafkaJSLockTimeout') || /\btimeout\b/i.test(textOf(error));
  if (isLate && !socket) return new RetryableError('timeout', 'Kafka did not answer in time');
  const why = code === undefined ? '' : ` (${code})`;
  return new RetryableError('connection_lost', `The connection to ${who} was lost before it answered${why}`);
}

function isTyped(error: unknown): error is RetryableError | DestinationRefusedError {
  return error instanceof RetryableError || error instanceof DestinationRefusedError;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}

function causes(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let at = error; at !== undefined && at !== null && chain.length < 8; ) {
    chain.push(at);
    at = at instanceof Error ? at.cause : undefined;
  }
  return chain;
}
