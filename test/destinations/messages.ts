/** Messages for the tests of messengers: believable ones, and any that an attacker could bring about. */
import fc from 'fast-check';
import {
  type AlertMessage,
  ENTITY_KINDS,
  type Message,
  type OperationalMessage,
} from '../../src/alerts/message.ts';
import { LEVELS } from '../../src/shared/event.ts';
import { alert } from './samples.ts';

/** A group of one alert; `over` replaces parts of it. */
export function group(number: number, over: Partial<AlertMessage> = {}): AlertMessage {
  const envelope = alert(number);
  return {
    kind: 'alert',
    groupId: (0xa000 + number).toString(16).padStart(32, '0'),
    phase: 'first',
    scope: 'group',
    envelope,
    severity: envelope.severity,
    others: [],
    count: 1,
    firstTime: envelope.time,
    lastTime: envelope.time,
    groupedBy: [{ column: 'DeviceName', value: 'ws-042.contoso.example' }],
    entities: [
      { kind: 'host', first: [{ kind: 'host', name: 'ws-042.contoso.example' }], more: 0 },
      { kind: 'user', first: [{ kind: 'user', name: 'alice@contoso.example' }], more: 0 },
    ],
    ...over,
  };
}

/** A destination that is out of service, and the end of that. */
export function operational(phase: OperationalMessage['phase']): OperationalMessage {
  return {
    kind: 'operational',
    id: 'f'.repeat(32),
    phase,
    severity: 'high',
    title: phase === 'end' ? 'splunk is back' : 'splunk is out of service',
    text: 'The relay delivers nothing to splunk. Rows wait in their blobs.',
    facts: [{ label: 'Destination', value: 'splunk' }],
    since: '2026-11-23T07:01:02Z',
    ...(phase === 'end' && { until: '2026-11-23T08:01:02Z' }),
  };
}

/** Text as an attacker would write it: markup of every product, mentions, date functions, what hides, and what is long. */
export const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 4_000 }),
  fc.constantFrom(
    '[Reset](https://evil.example)',
    '<at>everyone</at><!channel> @channel <a href="https://evil.example">x</a>',
    '{{DATE(2020-01-01T00:00:00Z)}}{{{TIME(x)}}',
    '\u202egpj.exe\u200b',
    '__proto__',
    '',
    ' \n\t ',
    '\ud800 lone',
    '"\\'.repeat(3_000),
    '😀é€'.repeat(2_000),
    '\u{e0041}'.repeat(2_000),
    '{'.repeat(2_000),
  ),
);
const COLUMNS =
  'DeviceName DeviceId AccountUpn FileName InitiatingProcessFileName ProcessCommandLine ActionType RemoteUrl RegistryKey SenderFromAddress RecipientEmailAddress Subject Application Title AlertId SHA256 AccountSid'.split(
    ' ',
  );
const level = fc.constantFrom(undefined, ...LEVELS);
const hexId = fc.integer({ min: 0, max: 2 ** 31 }).map((n) => n.toString(16).padStart(32, '0'));
const list = fc.array(hostileText, { maxLength: 15 });
const entities = fc
  .record({
    kinds: fc.uniqueArray(fc.constantFrom(...ENTITY_KINDS), { maxLength: 6 }),
    names: fc.array(hostileText, { minLength: 1, maxLength: 8 }),
    more: fc.nat(10_000),
  })
  .map(({ kinds, names, more }) =>
    kinds.map((kind) => ({
      kind,
      // As the type promises: never empty, at most 512 characters.
      first: names.map((name) => ({ kind, name: `${name}x`.slice(0, 512), id: name })),
      more,
    })),
  );

/** Any group of alerts whose strings an attacker has chosen, within the bounds of the type. */
export const anyGroup: fc.Arbitrary<AlertMessage> = fc
  .record({
    groupId: hexId,
    phase: fc.constantFrom('first' as const, 'update' as const, 'end' as const),
    scope: fc.constantFrom('group' as const, 'rule' as const),
    severity: level,
    title: hostileText,
    text: hostileText,
    time: fc.oneof(fc.constant('2026-11-23T07:01:02.1234567Z'), hostileText),
    count: fc.integer({ min: 1, max: 1_000_000 }),
    list,
    event: fc.dictionary(fc.constantFrom(...COLUMNS), hostileText),
    entities,
    isDefender: fc.boolean(),
  })
  .map(
    ({
      groupId,
      phase,
      scope,
      severity,
      title,
      text,
      time,
      count,
      list: texts,
      event,
      entities: all,
      isDefender,
    }) =>
      group(1, {
        groupId,
        phase,
        scope,
        severity,
        count,
        firstTime: time,
        lastTime: time,
        entities: all,
        groupedBy: texts.slice(0, 5).map((value) => ({ column: title, value })),
        others: texts.map((other) => ({ rule: { title: other, id: text }, severity })),
        envelope: alert(1, {
          time,
          table: text,
          tenant: text,
          event,
          rule: {
            title,
            id: text,
            description: text,
            tags: [...texts, 'attack.t1059.001'],
            references: texts,
            falsepositives: texts,
            matched: texts.map((value) => ({ column: title, value })),
          },
        }),
        ...(isDefender && {
          defender: {
            alertId: text,
            title,
            category: text,
            severity: text,
            serviceSource: text,
            detectionSource: text,
            techniques: texts,
            evidence: count,
          },
        }),
      }),
  );

/** Any message. The strings of an operational one come from errors and from file names. */
export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  { weight: 3, arbitrary: anyGroup },
  {
    weight: 1,
    arbitrary: fc
      .record({
        id: hexId,
        phase: fc.constantFrom('first' as const, 'end' as const),
        title: hostileText,
        text: hostileText,
        list,
      })
      .map(({ id, phase, title, text, list: texts }) => ({
        ...operational(phase),
        id,
        title,
        text,
        since: text,
        facts: texts.map((value) => ({ label: title, value })),
      })),
  },
);
