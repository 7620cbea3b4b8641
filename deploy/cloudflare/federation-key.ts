/** Prints a new key for the Worker's federated credential. */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';

/** Prints a new key for AZURE_FEDERATED_KEY: pipe it into `wrangler secret put`, so that it is written nowhere else. */
const { privateKey } = await generateKeyPair('RS256', { modulusLength: 3072, extractable: true });
console.log(JSON.stringify({ ...(await exportJWK(privateKey)), kid: randomUUID() }));
