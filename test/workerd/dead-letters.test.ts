import { createAzureDeadLetters } from '../../src/delivery/dead-letters-azure.ts';
import { registerDeadLettersTests } from '../delivery/register-dead-letters-tests.ts';
import { blobAccount } from './azure.ts';

registerDeadLettersTests('Azure in workerd', async (clock) =>
  createAzureDeadLetters(blobAccount().service, `letters-${crypto.randomUUID()}`, { clock }),
);
