/** The receiver of bench/programs/memory.ts: accepts every request and looks at none. */
import { createServer } from 'node:http';

// A process of its own, so that its work is not measured as the relay's. It takes everything and looks at nothing.
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => response.end('{"text":"Success","code":0}'));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : undefined);
});
process.on('disconnect', () => process.exit());
