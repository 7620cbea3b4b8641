/** Log lines for people, where standard output is a terminal. A module of its own, so that no service loads what it needs. */
import { Writable } from 'node:stream';
import { PinoPretty } from 'pino-pretty';
import type { LogStream } from './logger.ts';

/** Turns lines of JSON into lines for people, in colours unless they go to `stream` or NO_COLOR is set. */
export function prettyStream(stream?: LogStream): LogStream {
  return PinoPretty({
    colorize: !process.env.NO_COLOR && stream === undefined,
    messageKey: 'message',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
    sync: true,
    ...(stream ? { destination: writable(stream) } : {}),
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
