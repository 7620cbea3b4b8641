/** The connections of one kafkajs client: opened to allowed addresses only, and cut when a signal fires. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { checkAddress } from '../../../destinations/addresses.ts';
import { networksOf } from '../../../destinations/http.ts';
import type { KafkaClientOptions } from '../../../destinations/kafka-client.ts';
import { systemClock } from '../../../shared/clock.ts';
import { certificatesOf, guardedLookup } from '../http.ts';
import { type SocketTrouble, troubleOf } from './trouble.ts';

/** How long kafkajs may take to give up after its connections were cut. Milliseconds. */
const GIVE_UP_MS = 5_000;
/** Load balancers forget silent connections. Milliseconds. */
const KEEP_ALIVE_MS = 60_000;

export class Connections {
  readonly #options: Pick<KafkaClientOptions, 'allowNetworks' | 'isEncrypted' | 'tls'>;
  readonly #sockets = new Set<Socket>();
  #running = 0;
  #isCut = false;
  #trouble: SocketTrouble | undefined;

  constructor(options: Pick<KafkaClientOptions, 'allowNetworks' | 'isEncrypted' | 'tls'>) {
    this.#options = options;
  }

  /** For kafkajs. What it throws and what its sockets fail with is what {@link run} rejects with. */
  readonly factory: ISocketFactory = ({ host, port, onConnect }) => {
    const broker = `${host}:${port}`;
    try {
      if (this.#isCut) throw new Error('the connections were cut');
      const socket = this.#connect(host, port, onConnect);
      this.#sockets.add(socket);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      socket.setNoDelay(true);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', (error) => this.note(error, broker));
      return socket;
    } catch (error) {
      this.note(error, broker);
      throw error;
    }
  };

  #connect(host: string, port: number, onConnect: () => void): Socket {
    const { allowNetworks, isEncrypted, tls } = this.#options;
    const networks = networksOf(allowNetworks);
    if (isIP(host) !== 0) checkAddress(host, host, networks);
    const options = { host, port, lookup: guardedLookup(networks) };
    if (!isEncrypted) return connectTcp(options, onConnect);
    const servername = isIP(host) === 0 ? host : '';
    return connectTls({ ...options, ...certificatesOf(tls), servername }, onConnect);
  }

  /** Remembers why something failed. */
  note(error: unknown, broker: string): void {
    if (!this.#isCut) this.#trouble = { error, broker };
  }

  /**
   * Does work over these connections, which are cut when the signal fires. Rejects as `append` of the port does; at the latest five seconds
   * after the cut, with what `isStuck` was called for.
   */
  async run<T>(signal: AbortSignal, work: () => Promise<T>, isStuck: () => void): Promise<T> {
    signal.throwIfAborted();
    if (this.#running === 0) {
      this.#isCut = false;
      this.#trouble = undefined;
    }
    this.#running += 1;
    const { promise: stuck, reject } = Promise.withResolvers<never>();
    let cancel = () => {};
    const onAbort = () => {
      this.cut();
      cancel = systemClock.after(GIVE_UP_MS, () => {
        isStuck();
        reject(new Error('kafkajs did not give up'));
      });
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([work(), stuck]);
    } catch (error) {
      throw troubleOf(error, this.#trouble);
    } finally {
      cancel();
      signal.removeEventListener('abort', onAbort);
      this.#running -= 1;
    }
  }

  /** Ends all connections at once; none is opened before the next {@link run}. */
  cut(): void {
    this.#isCut = true;
    // With an error, or kafkajs would not notice.
    for (const socket of this.#sockets) socket.destroy(new Error('the connections were cut'));
  }
}
