/** Node's files, for the destinations that write to them. */
import { type FileHandle, open } from 'node:fs/promises';
import type { Files } from '../../destinations/deps.ts';

const LINE_END = Buffer.from('\n');

/** The file is opened for each batch, so that it may be rotated. */
export const nodeFiles: Files = {
  append: (path, lines) => (path === '-' ? toStdout(lines) : append(path, lines)),
};

async function append(path: string, lines: Uint8Array): Promise<void> {
  const file = await open(path, 'a+', 0o640);
  try {
    await file.appendFile((await endsInMidLine(file)) ? Buffer.concat([LINE_END, lines]) : lines);
  } finally {
    await file.close();
  }
}

async function endsInMidLine(file: FileHandle): Promise<boolean> {
  const stat = await file.stat();
  if (!stat.isFile() || stat.size === 0) return false;
  const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, stat.size - 1);
  return bytesRead === 1 && buffer[0] !== 0x0a;
}

function toStdout(lines: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(lines, (error) => (error ? reject(error) : resolve()));
  });
}
