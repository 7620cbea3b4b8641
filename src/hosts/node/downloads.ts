/** Reads the bodies of long downloads into memory that is used again. */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Downloads } from '../../azure/downloads.ts';
import { DownloadSocket } from './download-socket.ts';
import { hasEnvironmentProxy } from './environment-proxy.ts';

/**
 * For all clients of a process. Undefined where a proxy may be on the way, since then the SDK makes the connections.
 */
export function nodeDownloads(env: Readonly<Record<string, string | undefined>>): Downloads | undefined {
  if (hasEnvironmentProxy(env)) return undefined;
  const sockets = new WeakMap<object, DownloadSocket>();
  const agents = {
    'http:': reading(new http.Agent({ keepAlive: true }), sockets),
    'https:': reading(new https.Agent({ keepAlive: true }), sockets),
  };
  return {
    agentFor: (url) => agents[url.startsWith('https:') ? 'https:' : 'http:'],
    bodyIn(reply) {
      if (!(reply instanceof http.IncomingMessage)) return undefined;
      const body = sockets.get(reply.socket)?.body;
      if (!body) return undefined;
      body.whenLeft(() => reply.destroy());
      const end = () => body.fail(reply.errored ?? new Error('the connection ended early'));
      reply.on('error', end);
      reply.on('close', end);
      // It says neither again.
      if (reply.destroyed) end();
      reply.resume();
      return { length: body.length, body };
    },
  };
}

/** Makes an agent's connections read so. There is no limit to their number, so each request gets a new one or one that `reuseSocket` is told of. */
function reading<A extends http.Agent>(agent: A, sockets: WeakMap<object, DownloadSocket>): A {
  const create = agent.createConnection.bind(agent);
  const reuse = agent.reuseSocket.bind(agent);
  agent.createConnection = (options, done) => {
    const reader = new DownloadSocket();
    const socket = create({ ...options, onread: reader.onread } as typeof options, done);
    if (socket) {
      reader.attach(socket as Socket);
      sockets.set(socket, reader);
    }
    return socket;
  };
  agent.reuseSocket = (socket, request) => {
    sockets.get(socket)?.expectHead();
    reuse(socket, request);
  };
  return agent;
}
