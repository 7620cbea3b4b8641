/** Takes messages of an Azure Storage Queue: "Get Messages", as a process asks each few seconds. */
import { parseXML } from '@azure/core-xml';
import type { QueueClient } from '@azure/storage-queue';
import { z } from 'zod';
import { bodyOf } from '../azure/body.ts';
import { sendPlain } from '../azure/pipeline.ts';
import { refusal } from '../azure/refusal.ts';

/** A message as the service hands it out. */
export interface TakenMessage {
  readonly messageId: string;
  readonly popReceipt: string;
  readonly insertedOn: Date;
  readonly dequeueCount: number;
  readonly messageText: string;
}

export interface TakeOptions {
  /** 1 to 32. */
  readonly max: number;
  /** How long they are hidden from others. Seconds. */
  readonly visibilitySeconds: number;
}

/**
 * https://learn.microsoft.com/rest/api/storageservices/get-messages
 *
 * Throws a RestError with the status and code of any other reply than 200, and what the SDK throws where there is none.
 */
export async function takeMessages(
  client: QueueClient,
  { max, visibilitySeconds }: TakeOptions,
  signal: AbortSignal,
): Promise<readonly TakenMessage[]> {
  const url = new URL(client.url);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/messages`;
  const signature = url.search === '' ? '' : `&${url.search.slice(1)}`;
  url.search = `numofmessages=${max}&visibilitytimeout=${visibilitySeconds}${signature}`;
  const reply = await sendPlain(client, { method: 'GET', url: url.href }, signal);
  if (reply.status !== 200) throw refusal(reply);
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodyOf(reply) ?? []) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return text.includes('<QueueMessage>') ? messagesIn(text) : [];
}

async function messagesIn(text: string): Promise<readonly TakenMessage[]> {
  const { QueueMessage: found } = listSchema.parse(await parseXML(text, { xmlCharKey: '#' }));
  return found.map((one) => ({
    messageId: one.MessageId,
    popReceipt: one.PopReceipt,
    insertedOn: new Date(one.InsertionTime),
    dequeueCount: Number(one.DequeueCount),
    messageText: one.MessageText,
  }));
}

const listSchema = z.lazy(() => {
  const message = z.object({
    MessageId: z.string(),
    PopReceipt: z.string(),
    InsertionTime: z.string(),
    DequeueCount: z.string(),
    MessageText: z.string(),
  });
  // The parser makes an array of several.
  return z.object({
    QueueMessage: z.union([z.array(message), message.transform((one) => [one])]),
  });
});
