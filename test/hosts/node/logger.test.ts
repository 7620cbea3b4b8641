import { describe, expect, it } from 'vitest';
import { createLogger, type LoggerOptions, type LogStream } from '../../../src/hosts/node/logger.ts';
import { prettyStream } from '../../../src/hosts/node/pretty-log.ts';
import { RelayError } from '../../../src/shared/errors.ts';

function recorder(options: Partial<LoggerOptions> = {}, through = (stream: LogStream) => stream) {
  const lines: string[] = [];
  const stream = through({ write: (line) => void lines.push(line) });
  const logger = createLogger({ level: 'info', stream, ...options });
  return { logger, lines, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

describe('the logger', () => {
  it('writes one JSON line a call, with level, time, message and fields', () => {
    const { logger, lines, records } = recorder();
    logger.child({ blob: 'c/PT1H.json' }).info('read', { rows: 12, destination: 'splunk' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{"level":"info","time":"\d{4}-\d\d-\d\dT[\d:.]+Z",.*\}\n$/);
    expect(records()[0]).toMatchObject({
      message: 'read',
      blob: 'c/PT1H.json',
      rows: 12,
      destination: 'splunk',
    });
  });

  it('leaves out what is below its level', () => {
    const { logger, lines } = recorder({ level: 'warn' });
    logger.debug('a');
    logger.info('b');
    logger.warn('c');
    logger.error('d');
    expect(lines).toHaveLength(2);
  });

  it('lets a later field win over a bound one, and keeps its own keys to itself', () => {
    const { logger, lines, records } = recorder();
    // @ts-expect-error: the type refuses them already, but not where fields come from elsewhere
    logger.child({ task: 1, blob: 'a' }).info('x', { blob: 'b', message: 'mine', level: 9 });
    expect(records()[0]).toMatchObject({
      level: 'info',
      message: 'x',
      task: 1,
      blob: 'b',
      message_: 'mine',
      level_: 9,
    });
    expect(lines[0]?.match(/"blob"/g)).toHaveLength(1);
  });

  it('writes errors as code, message and causes; stacks at debug only', () => {
    const error = new RelayError('unreachable', 'splunk does not answer', {
      cause: Object.assign(new TypeError('fetch failed'), { cause: new Error('ECONNREFUSED') }),
    });
    const quiet = recorder();
    quiet.logger.error('failed', { error });
    expect(quiet.records()[0]?.error).toEqual({
      code: 'unreachable',
      message: 'splunk does not answer',
      cause: { name: 'TypeError', message: 'fetch failed', cause: { message: 'ECONNREFUSED' } },
    });
    const loud = recorder({ level: 'debug' });
    loud.logger.error('failed', { error });
    expect(JSON.stringify(loud.records()[0]?.error)).toContain('logger.test.ts');
  });

  it('keeps secrets out: by value, by key and by look', () => {
    const { logger, lines } = recorder({ secrets: ['pepper-and-salt'] });
    logger.info('the key is pepper-and-salt', {
      note: 'a pepper-and-salt b',
      nested: [{ deep: 'pepper-and-salt' }],
    });
    logger.info('x', { headers: { authorization: 'abc-plain-secret', 'x-token': 'abc-plain-secret' } });
    logger.info('x', {
      url: 'https://contoso.blob.core.windows.net/c/b?sv=2024&sig=c2VjcmV0c2ln&se=x',
      endpoint: new URL('https://relay.example/events?code=0123456789abcdef'),
      slack: 'https://hooks.slack.com/services/T000/B000/XXXX',
      connection: 'AccountName=contoso;AccountKey=a2V5a2V5;EndpointSuffix=core.windows.net',
    });
    logger.error('x', {
      error: new Error('401 for Splunk 5f0e8e6c-aaaa-bbbb', { cause: new Error('https://me:hunter2@host/') }),
    });
    const all = lines.join('');
    for (const secret of [
      'pepper-and-salt',
      'abc-plain-secret',
      'c2VjcmV0c2ln',
      '0123456789abcdef',
      'T000',
      'a2V5a2V5',
      '5f0e8e6c',
      'hunter2',
    ]) {
      expect(all).not.toContain(secret);
    }
    expect(all).toContain('sv=2024');
    expect(all).toContain('AccountName=contoso');
  });

  it('bounds what it writes', () => {
    const { logger, lines } = recorder();
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    logger.info('big', {
      text: 'x'.repeat(1_000_000),
      list: Array.from({ length: 10_000 }, (_, i) => i),
      wide: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${i}`, i])),
      bytes: new Uint8Array(1_000_000),
      cycle,
      big: 10n ** 40n,
      odd: [Number.NaN, () => 1, Symbol('s'), undefined, new Date(Number.NaN)],
    });
    expect(lines[0]?.length).toBeLessThan(10_000);
    expect(lines[0]).toContain('more characters');
    expect(lines[0]).toContain('[1000000 bytes]');
  });

  it('writes readable lines for a terminal, without escape sequences from outside', () => {
    const { logger, lines } = recorder({}, prettyStream);
    logger.warn('slow\u001b[2J\nnext', { destination: 'spl\u001bunk' });
    const all = lines.join('');
    expect(all).toContain('WARN');
    expect(all).toContain('slow [2J next');
    expect(all).not.toContain('\u001b');
  });
});
