import { AzureStorageQueue } from '../../src/queue/azure.ts';
import { cloudflareQueueTests } from '../queue/register-cloudflare-queue-tests.ts';
import { queueContract } from '../queue/register-task-queue-tests.ts';
import { queueService } from './azure.ts';

queueContract(
  'AzureStorageQueue in workerd',
  () => new AzureStorageQueue(queueService(), `tasks-${crypto.randomUUID()}`),
);

cloudflareQueueTests('in workerd');
