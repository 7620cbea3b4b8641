import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../../src/config/redact.ts';
import { excerpt } from '../../src/destinations/reply.ts';
import { hideSecrets } from '../../src/shared/hide-secrets.ts';

const SENTENCE = 'Splunk answered 403: Basic authentication or Bearer credentials are wrong';

describe('redaction', () => {
  it.each([[['Splunk']], [['403']], [['wrong', 'are', ' ', '']], [[]]])(
    'leaves the sentence as it is where the secrets are %j',
    (secrets) => {
      expect(redact(SENTENCE, secrets)).toBe(SENTENCE);
      expect(excerpt(SENTENCE, secrets)).toBe(SENTENCE);
    },
  );

  it('takes a secret that looks like a word only where it is a whole word', () => {
    const text = 'passwords, not_password_file, the password "password".';
    expect(hideSecrets(text, ['password'], '#')).toBe('passwords, not_password_file, the # "#".');
    expect(hideSecrets('12345678 of 312345678', ['12345678'], '#')).toBe('# of 312345678');
  });

  it('takes any other secret wherever it stands, and in the forms that it has in addresses and JSON', () => {
    const secret = 'a"b/c+d=é$&';
    const forms = [secret, encodeURIComponent(secret), JSON.stringify({ secret })].join('|x');
    expect(hideSecrets(`x${forms}`, [secret], '#')).toBe('x#|x#|x{"secret":"#"}');
    expect(hideSecrets('x\ud800yyyyyyyy', ['\ud800yyyyyyyy'], '$&')).toBe('x$&');
  });

  it('takes a secret in the forms that it has in the body of a form and in HTML', () => {
    const secret = `p w!~(1)*'"<&>+é`;
    const form = new URLSearchParams({ v: secret }).toString().slice(2);
    const html = 'p w!~(1)*&#x27;&quot;&lt;&amp;&gt;+é';
    for (const text of [form, form.replace(/%../g, (byte) => byte.toLowerCase()), html]) {
      expect(hideSecrets(`x${text}y`, [secret], '#')).toBe('x#y');
    }
  });

  it('takes credentials behind their scheme', () => {
    expect(redact('Authorization: Splunk 3f2a6c1e-77aa-4b4e-9d6b-1d2c3b4a5f60')).toBe(
      'Authorization: Splunk [redacted]',
    );
    expect(redact('Bearer eyJhbGciOi.x.y and Basic dXNlcjpwYXNz')).toBe(
      'Bearer [redacted] and Basic [redacted]',
    );
    expect(redact('at https://hooks.slack.com/services/words')).toBe(
      'at https://hooks.slack.com/services/[redacted]',
    );
  });

  it('leaves nothing of a secret that is long enough', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 40 }).filter((text) => !/^(?:[A-Za-z]+|\d+)$/.test(text)),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          fc.pre(!'#'.includes(secret));
          expect(hideSecrets(before + secret + after, [secret], '#')).not.toContain(secret);
        },
      ),
    );
  });
});
