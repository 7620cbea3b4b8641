/** What the main thread and the threads that consume tell each other. Plain data: it crosses by structured clone. */
import type { LastReply } from '../../../destinations/last-replies.ts';
import type { Capture } from '../../../relay/capture/document.ts';
import type { ErrorCode } from '../../../shared/error-codes.ts';
import type { LoadedConfig } from '../config-file.ts';
import type { MetricsAsJson } from '../metrics.ts';

/** A configuration as it crosses to a thread. */
export type ThreadConfig = Pick<LoadedConfig, 'config' | 'directory' | 'secrets'>;

/** What a thread is started with. */
export interface ThreadData {
  /** What the main thread has read: all threads work by the same. */
  readonly loaded: ThreadConfig;
  /** Rules with errors end the start, although there are last good ones. */
  readonly strictRules: boolean;
  /** Where Node keeps compiled code, which it does not tell threads; undefined where it keeps none. */
  readonly compiledFolder?: string | undefined;
  /** From 0. */
  readonly index: number;
  /** How many threads share the process's memory and cores. */
  readonly threads: number;
}

/** To a thread. */
export type ToThread =
  /** Finish what is on its way and end. */
  | { readonly kind: 'stop' }
  /** Give up what is still on its way. */
  | { readonly kind: 'abort' }
  /** Look for changed rules now. */
  | { readonly kind: 'look_again' }
  /** A message was sent to the queue that is due in so many milliseconds. */
  | { readonly kind: 'sent'; readonly dueMs: number }
  /** Make ready for another configuration, and answer. */
  | {
      readonly kind: 'prepare';
      readonly request: number;
      readonly next: Pick<LoadedConfig, 'config' | 'secrets'>;
    }
  /** Work by the configuration that was prepared, or forget it, and answer. */
  | { readonly kind: 'apply' | 'drop'; readonly request: number }
  /** These captures are under way. */
  | { readonly kind: 'captures'; readonly captures: readonly Capture[] }
  /** Answer with the metrics as they are now. */
  | { readonly kind: 'metrics'; readonly request: number };

/** From a thread. */
export type FromThread =
  /** The start is over. */
  | { readonly kind: 'ready' }
  /** The start waits, and why; without a trouble it goes on. */
  | { readonly kind: 'starting'; readonly trouble?: Trouble }
  /** It cannot work. The thread ends. */
  | { readonly kind: 'failed'; readonly trouble: Trouble }
  /** Rules came into force. */
  | { readonly kind: 'rules_changed' }
  /** Answers `prepare`, `apply` and `drop`; with a trouble if it cannot. */
  | { readonly kind: 'answer'; readonly request: number; readonly trouble?: Trouble }
  /**
   * Answers `metrics`, or tells them at the thread's end, without a request: as prom-client gives them as JSON. With a console, also how the
   * last requests to each destination ended.
   */
  | {
      readonly kind: 'metrics';
      readonly request?: number;
      readonly metrics: MetricsAsJson;
      readonly replies?: Replies;
    };

/** By destination, the newest first. */
export type Replies = ReadonlyMap<string, readonly LastReply[]>;

/** An error as it crosses: its class is lost on the way. */
export interface Trouble {
  /** Undefined for an error that is not the relay's own. */
  readonly code: ErrorCode | undefined;
  readonly message: string;
}
