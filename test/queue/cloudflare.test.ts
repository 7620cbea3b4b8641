import { registerCloudflareQueueTests } from './register-cloudflare-queue-tests.ts';

registerCloudflareQueueTests('on Node');
