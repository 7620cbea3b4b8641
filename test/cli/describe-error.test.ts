import { describe, expect, it } from 'vitest';
import { describeError } from '../../src/cli/describe-error.ts';
import { RelayError } from '../../src/shared/errors.ts';

const plain = { color: false, debug: false };

describe('a failed command', () => {
  it('says message and code of our own errors, and where the code is explained', () => {
    expect(describeError(new RelayError('cannot_listen', 'port 8080 is taken'), plain)).toBe(
      'xdr-relay: port 8080 is taken (cannot_listen)\nSee docs/errors.md#cannot_listen',
    );
  });

  it('says one line of others, and where the details are', () => {
    expect(describeError(new Error('fetch\n  failed'), plain)).toBe(
      'xdr-relay: fetch failed\nFor details set XDR_RELAY_LOG_LEVEL=debug in the environment.',
    );
    expect(describeError('thrown text', plain)).toMatch(/^xdr-relay: thrown text\n/);
  });

  it('shows stacks and causes at level debug, without secrets', () => {
    const cause = new Error('GET https://a.blob.core.windows.net/c?sig=c2VjcmV0 failed');
    const said = describeError(new RelayError('blob_gone', 'no blob', { cause }), { ...plain, debug: true });
    expect(said).toContain('describe-error.test.ts');
    expect(said).toContain('caused by Error: GET');
    expect(said).not.toContain('c2VjcmV0');
  });
});
