/** Has each request of a destination remembered with how it ended. */

import type { Sender } from './descriptor.ts';
import type { LastReplies } from './last-replies.ts';
import type { OpenMessenger } from './open-messenger.ts';
import type { Pipeline } from './port.ts';

/** A sender of batches. A batch that is acknowledged later has ended then. */
export function watchedSender(name: string, sender: Sender, replies: LastReplies): Sender {
  const { reaches } = sender;
  return {
    send: (batch, signal) =>
      replies.during(name, batch.items.length, signal, (own) => sender.send(batch, own)),
    ...(reaches && { reaches }),
    close: async () => sender.close?.(),
    ...(sender.openPipeline && {
      openPipeline: () => watchedPipeline(name, openedBy(sender), replies),
    }),
  };
}

function openedBy(sender: Sender): Pipeline {
  const pipeline = sender.openPipeline?.();
  if (!pipeline) throw new TypeError('a sender without a pipeline');
  return pipeline;
}

function watchedPipeline(name: string, pipeline: Pipeline, replies: LastReplies): Pipeline {
  return {
    async handOver(batch, signal) {
      const attempt = replies.begin(name, batch.items.length, signal);
      try {
        const handover = await pipeline.handOver(batch, attempt.signal);
        handover.acknowledged.then(() => attempt.ended(), attempt.ended);
        return handover;
      } catch (error) {
        attempt.ended(error);
        throw error;
      }
    },
  };
}

/** A messenger. One message stands for one row; a digest for as many as it tells of. */
export function watchedMessenger(
  name: string,
  messenger: OpenMessenger,
  replies: LastReplies,
): OpenMessenger {
  return {
    ...messenger,
    say: (message, posted, signal) =>
      replies.during(name, 1, signal, (own) => messenger.say(message, posted, own)),
    digest: (messages, signal, report) =>
      replies.during(name, messages.length, signal, (own) => messenger.digest(messages, own, report)),
  };
}
