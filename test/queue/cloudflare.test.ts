import { cloudflareQueueTests } from './cloudflare-contract.ts';

cloudflareQueueTests('on Node');
