import { AzureStorageQueue } from '../../src/queue/azure.ts';
import { cloudflareQueueTests } from '../queue/cloudflare-contract.ts';
import { queueContract } from '../queue/contract.ts';
import { queueService } from './azure.ts';

queueContract(
  'AzureStorageQueue in workerd',
  () => new AzureStorageQueue(queueService(), `tasks-${crypto.randomUUID()}`),
);

cloudflareQueueTests('in workerd');
