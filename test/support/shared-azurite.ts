/** An account of the Azurite of all test files, see azurite-setup.ts. */
import { inject } from 'vitest';
import type { Azurite } from '../../lab/azurite.ts';
import type { AzuriteAccount } from './azurite-setup.ts';

/**
 * Gives an account that no other file uses. Its `stop` does nothing, for Azurite ends with the test run: a test that stops, restarts or
 * kills it starts one of its own.
 */
export async function azuriteAccount(): Promise<Azurite> {
  const reply = await fetch(inject('azuriteAccounts'));
  const text = await reply.text();
  if (!reply.ok) throw new Error(`There is no Azurite: ${text}`);
  const account: AzuriteAccount = JSON.parse(text);
  return { ...account, stop: async () => {} };
}
