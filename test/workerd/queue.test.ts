import { createAzureQueue } from '../../src/queue/azure.ts';
import { registerCloudflareQueueTests } from '../queue/register-cloudflare-queue-tests.ts';
import { registerTaskQueueTests } from '../queue/register-task-queue-tests.ts';
import { queueService } from './azure.ts';

registerTaskQueueTests('Azure Storage Queue in workerd', () =>
  createAzureQueue(queueService(), `tasks-${crypto.randomUUID()}`),
);

registerCloudflareQueueTests('in workerd');
