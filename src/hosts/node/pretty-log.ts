/** Log lines for people, where the log goes to a terminal. A module of its own, so that no service loads what it needs. */
import { Writable } from 'node:stream';
import { PinoPretty } from 'pino-pretty';
import type { LogStream } from './logger.ts';

/** Turns lines of JSON into lines for people, in colours unless they go to a stream, NO_COLOR is set or the terminal has none. @param to a stream, or 1 or 2 of this process. */
export function prettyStream(to: LogStream | 1 | 2 = 1): LogStream {
  return PinoPretty({
    colorize: !process.env.NO_COLOR && process.env.TERM !== 'dumb' && typeof to === 'number',
    messageKey: 'message',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    sync: true,
    destination: typeof to === 'number' ? to : writable(to),
  });
}

function writable(stream: LogStream): NodeJS.WritableStream {
  return new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      stream.write(String(chunk));
      done();
    },
  });
}
