/** Decides which requests to the storage currently fail, and how. */
import type { Random } from '../lab/generator/random.ts';
import type { ListingFault } from './plan.ts';
import type { Recorder } from './recorder.ts';
import { drawStorageFault, type StorageFault, type StorageRequest } from './storage-proxy.ts';
import { blobOfClaim } from './world.ts';

/** The faults that are currently in effect at the storage. */
export interface StorageWeather {
  part: number;
  /** Blobs, as `container/name`, whose content cannot be read. */
  readonly archived: Set<string>;
  /** By container that cannot be listed, the response of the storage. */
  readonly unlistable: Map<string, ListingFault>;
}

/** The errors' statuses (Microsoft Learn, "Blob service error codes"). */
const LISTING_STATUS: Readonly<Record<ListingFault, number>> = {
  ContainerBeingDeleted: 409,
  OperationTimedOut: 500,
  ServerBusy: 503,
};

/** The lasting fault of a request, independent of random faults. */
function lasting(
  { archived, unlistable }: StorageWeather,
  request: StorageRequest,
): StorageFault | undefined {
  const { method, path, query } = request;
  if (method !== 'GET') return undefined;
  const [, , container = '', ...name] = path.split('/');
  if (query.includes('comp=list')) {
    const code = name.length === 0 ? unlistable.get(container) : undefined;
    return code && { kind: 'refuse', status: LISTING_STATUS[code], code };
  }
  if (query.includes('comp=') || !archived.has(`${container}/${name.join('/')}`)) return undefined;
  return { kind: 'refuse', status: 409, code: 'BlobArchived' };
}

const STATE = /\/xdr-relay-state\/(checkpoints|claims)\/(.+)$/;

/** Makes the faults for one storage proxy. Faults that may make rows arrive again are recorded with their blob. */
export function storageFaults(
  service: 'blob' | 'queue',
  weather: StorageWeather,
  random: Random,
  recorder: Recorder,
): (request: StorageRequest) => StorageFault | undefined {
  return (request) => {
    const drawn = drawStorageFault(random, weather.part);
    const fault = (service === 'blob' ? lasting(weather, request) : undefined) ?? drawn;
    if (!fault) return undefined;
    recorder.fault(`${service} storage: ${labelOf(fault)}`);
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

function labelOf(fault: StorageFault): string {
  if (fault.kind !== 'refuse') return fault.kind;
  return fault.code === 'InternalError' || fault.code === 'ServerBusy' ? String(fault.status) : fault.code;
}
