import { cloudflareQueueTests } from './register-cloudflare-queue-tests.ts';

cloudflareQueueTests('on Node');
