import type { Random } from '../../demo/generator/random.ts';
import type { Recorder } from './recorder.ts';
import { drawStorageFault, type StorageFault, type StorageRequest } from './storage-proxy.ts';
import { blobOfClaim } from './world.ts';

/** The part of the requests to the storage that go wrong, now. */
export interface StorageWeather {
  part: number;
}

const STATE = /\/xdr-relay-state\/(checkpoints|claims)\/(.+)$/;

/** Faults for one of the storage's proxies; those that may make rows come again are noted with their blob. */
export function storageFaults(
  service: 'blob' | 'queue',
  weather: StorageWeather,
  random: Random,
  recorder: Recorder,
): (request: StorageRequest) => StorageFault | undefined {
  return (request) => {
    const fault = drawStorageFault(random, weather.part);
    if (!fault) return undefined;
    recorder.fault(`${service} storage: ${fault.kind === 'refuse' ? fault.status : fault.kind}`);
    const at = recorder.now();
    const [, folder, name] = STATE.exec(request.path) ?? [];
    const isWrite = request.method === 'PUT';
    if (isWrite && folder !== undefined && name !== undefined) {
      const blob = folder === 'claims' ? blobOfClaim(`claims/${name}`) : name;
      const forMs = fault.kind === 'hang' ? fault.forMs : 0;
      recorder.injuries.push({ kind: 'state_write_failed', from: at, to: at + forMs, blob });
    } else if (isWrite && request.path.includes('/xdr-relay-dead-letters/')) {
      recorder.injuries.push({ kind: 'state_write_failed', from: at, to: at });
    }
    return fault;
  };
}
