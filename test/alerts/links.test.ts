/** Links that relay.yaml declares: which are accepted, and what an attacker's values make of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LINK_PLACEHOLDER_NAMES, linkProblem, renderLinks } from '../../src/alerts/links.ts';

const SPLUNK = 'https://splunk.contoso.com/app/search?q=search%20%22{host}%22&earliest={from_epoch}';

describe('a template of a link', () => {
  it.each([
    SPLUNK,
    'https://siem.contoso.com/#/find/{alert_id}?x={{1}}',
    `https://siem.contoso.com:8443/${LINK_PLACEHOLDER_NAMES.map((name) => `{${name}}`).join('/')}`,
  ])('%s is accepted', (template) => expect(linkProblem(template)).toBeUndefined());

  it.each([
    ['http://siem.contoso.com/{host}', /https/],
    ['javascript:alert({host})', /https/],
    ['https://{host}/x', /host is written out/],
    ['https://siem.contoso.com{host}/', /host is written out/],
    ['https://siem.contoso.com:{host}/', /host is written out/],
    ['https://user@siem.contoso.com/{host}', /host is written out/],
    ['https://user:{host}@siem.contoso.com/', /host is written out/],
    ['https://siem.contoso.com?q={host}', /host is written out/],
    ['https://siem.contoso.com\\@evil.com/{host}', /host is written out/],
    ['https://siem.contoso.com/a b', /https/],
    ['https://siem.contoso.com/{host', /placeholders/],
  ])('%s is refused', (template, wanted) => expect(linkProblem(template)?.wanted).toMatch(wanted));

  it('names only what is known', () => {
    expect(linkProblem('https://s.com/{hots}')?.placeholder).toBe('hots');
    expect(linkProblem('https://s.com/{constructor}')?.placeholder).toBe('constructor');
  });
});

describe('a rendered link', () => {
  it('has the values, encoded', () => {
    expect(renderLinks({ Splunk: SPLUNK }, { host: 'pc-1.contoso.com', from_epoch: '1700000000' })).toEqual([
      {
        label: 'Splunk',
        url: 'https://splunk.contoso.com/app/search?q=search%20%22pc-1.contoso.com%22&earliest=1700000000',
      },
    ]);
  });

  it('is left out where a value is missing, or the address becomes too long', () => {
    expect(renderLinks({ A: SPLUNK, B: 'https://s.com/{user}' }, { user: 'bob' })).toEqual([
      { label: 'B', url: 'https://s.com/bob' },
    ]);
    const long = `https://s.com/${'{user}'.repeat(16)}`;
    expect(renderLinks({ A: long }, { user: 'é'.repeat(256) })).toEqual([]);
    expect(renderLinks({ A: 'https://s.com/{user}' }, { user: 'x'.repeat(257) })).toEqual([]);
  });

  it('gives a value no way out of its place: not in the address, and not in a quoted string of a query', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }), (host) => {
        const [link] = renderLinks({ S: 'https://s.com/find?q=%22{host}%22&to=x#end' }, { host });
        const url = new URL(link?.url ?? '');
        expect(url.origin).toBe('https://s.com');
        expect(url.hash).toBe('#end');
        expect([...url.searchParams.keys()]).toEqual(['q', 'to']);
        const quoted = url.searchParams.get('q') ?? '';
        expect(quoted.slice(1, -1)).not.toMatch(/["'`|\\[\](){}<>;$&%!?#\n\r]/);
      }),
    );
  });

  it('replaces what a query language gives a meaning', () => {
    const [link] = renderLinks({ S: 'https://s.com/{user}' }, { user: 'a" | delete `x`' });
    expect(decodeURIComponent(link?.url ?? '')).toBe('https://s.com/a* * delete *x*');
  });
});
