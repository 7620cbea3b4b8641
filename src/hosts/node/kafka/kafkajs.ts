/**
 * kafkajs with four corrections; a module of its own, so that it is loaded with the first batch.
 *
 * 1. A queue of requests sets a timer after every reply, with a negative time where nothing is throttled, which Node warns of on standard error.
 * 2. A producer asks the controller for its id, and cannot get one while the cluster names none. Any broker gives ids to producers without
 *    transactions (KIP-98, "InitPidRequest").
 * 3. A connection throws in a listener of its socket, which ends the process, where a reply is shorter than its head; and it keeps whatever
 *    arrives, up to two gigabytes, where the first four bytes of a stranger's answer are a large number.
 * 4. A queue of requests waits as long as a broker says, which may be weeks, or until a clock that was put back has caught up.
 */
import Cluster from 'kafkajs/src/cluster/index.js';
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { RetryableError } from '../../../destinations/errors.ts';
import { systemClock } from '../../../shared/clock.ts';

export { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';

/** A cluster with a hundred thousand partitions describes them in less. Bytes. */
const LONGEST_REPLY = 16 * 1_048_576;

const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;
RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleWhereAnythingWaits() {
  boundWait(this);
  if (this.pending.length > 0 || this.throttledUntil > systemClock.now()) schedule.call(this);
};

Cluster.prototype.findControllerBroker = function anyBroker() {
  return this.brokerPool.findConnectedBroker();
};

function boundWait(queue: typeof RequestQueue.prototype): void {
  queue.throttledUntil = Math.min(queue.throttledUntil, systemClock.now() + queue.requestTimeout);
}

const canSend = RequestQueue.prototype.canSendSocketRequestImmediately;
RequestQueue.prototype.canSendSocketRequestImmediately = function canSendSoon() {
  boundWait(this);
  return canSend.call(this);
};

const processData = Connection.prototype.processData;
Connection.prototype.processData = function processReplies(bytes) {
  try {
    processData.call(this, bytes);
    if (this.bytesNeeded <= LONGEST_REPLY) return;
  } catch {
    // What kafkajs throws here says that the reply ended too soon.
  }
  const message = `${this.host}:${this.port} does not speak the Kafka protocol, or not with this \`encryption\``;
  this.socket.destroy(new RetryableError('bad_reply', message));
};
