import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listLists } from '../../src/cli/actions/lists/list.ts';
import { captured } from './captured.ts';
import { folderWith } from './rules/support.ts';
import { run } from './run.ts';

it('lists pull fetches what relay.yaml names, says what failed, and shows no secret', async () => {
  const server = createServer((request, response) => {
    const isAllowed = request.headers['x-key'] === 'a-secret-of-the-feed';
    if (request.url === '/c2')
      response.writeHead(isAllowed ? 200 : 401).end('203.0.113.0/24\n203.0.113.0/24\n');
    else response.writeHead(403).end();
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = await folderWith({
    'relay.yaml': `storage: { connection_string: '\${STORAGE}' }
destinations: { out: { type: file, path: out.ndjson } }
default_destinations: [out]
list_feeds:
  c2:
    url: ${origin}/c2
    format: text
    headers: { x-key: '\${FEED_KEY}' }
    allow_networks: [127.0.0.0/8]
  closed: { url: '${origin}/closed?key=abc', format: text, allow_networks: [127.0.0.0/8] }
`,
    '.env': `STORAGE=UseDevelopmentStorage=true;BlobEndpoint=http://127.0.0.1:1/devstoreaccount1;QueueEndpoint=http://127.0.0.1:1/devstoreaccount1;AccountName=devstoreaccount1;AccountKey=a2V5\nFEED_KEY=a-secret-of-the-feed\n`,
    'transforms/lists/lists.yaml': 'lists: { c2: { type: network, max_age: 1d } }',
  });
  const { code, stdout, stderr } = await run(['lists', 'pull', 'c2', 'closed'], { cwd: folder });
  expect(stdout.trim()).toBe('c2: 1 entry written to lists/c2.csv, 1 value left out');
  expect(stderr).toContain(`closed: ${origin} answered with status 403`);
  expect(stderr).not.toContain('a-secret-of-the-feed');
  expect(code).toBe(1);
  const out = captured();
  await listLists({ transforms: join(folder, 'transforms'), format: 'table' }, out);
  expect(out.text()).toMatch(/^c2 +network +1/m);
  const unknown = await run(['lists', 'pull', 'c3'], { cwd: folder });
  expect(unknown.stderr).toContain('relay.yaml has no feed "c3": did you mean "c2"?');
});
