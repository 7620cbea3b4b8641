/**
 * kafkajs with two corrections; a module of its own, so that it is loaded with the first batch.
 *
 * 1. A queue of requests sets a timer after every reply, with a negative time where nothing is throttled, which Node warns of on standard error.
 * 2. A producer asks the controller for its id, and cannot get one while the cluster names none. Any broker gives ids to producers without
 *    transactions (KIP-98, "InitPidRequest").
 */
import Cluster from 'kafkajs/src/cluster/index.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { systemClock } from '../../../shared/clock.ts';

export { CompressionTypes, Kafka, logLevel, Partitioners } from 'kafkajs';

const schedule = RequestQueue.prototype.scheduleCheckPendingRequests;
RequestQueue.prototype.scheduleCheckPendingRequests = function scheduleWhereAnythingWaits() {
  if (this.pending.length > 0 || this.throttledUntil > systemClock.now()) schedule.call(this);
};

Cluster.prototype.findControllerBroker = function anyBroker() {
  return this.brokerPool.findConnectedBroker();
};
