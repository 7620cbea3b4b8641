/** What a thread of `xdr-relay serve` runs, where `limits.threads` is above 1. */
import { runThread } from '../src/hosts/node/threads/thread.ts';

await runThread();
