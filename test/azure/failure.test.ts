import { AggregateAuthenticationError, CredentialUnavailableError } from '@azure/identity';
import { describe, expect, it } from 'vitest';
import { storageFailure } from '../../src/azure/failure.ts';

describe('storageFailure', () => {
  it('names each way to sign in that failed, in a line that a person can read', () => {
    const thrown = new AggregateAuthenticationError(
      [
        new CredentialUnavailableError(
          'EnvironmentCredential is unavailable. No underlying credential could be used. To troubleshoot, visit https://aka.ms/x.',
        ),
        new CredentialUnavailableError(
          'Azure CLI could not be found. Please visit https://aka.ms/azure-cli.',
        ),
        new CredentialUnavailableError('ManagedIdentityCredential: asked http://host/token?secret=1 in vain'),
      ],
      'ChainedTokenCredential authentication failed.',
    );
    expect(storageFailure(thrown).text).toBe(
      'No Azure identity could sign in (EnvironmentCredential is unavailable; Azure CLI could not be found; ' +
        'ManagedIdentityCredential: asked http://host/token)',
    );
  });
});
