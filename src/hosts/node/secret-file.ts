/** Reads a secret from a file: Docker and Kubernetes mount secrets as files, and systemd's `LoadCredential` writes them. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import type { SecretValue } from '../../config/fill-in.ts';
import { foreignCodeOf } from '../../shared/errors.ts';
import { systemPhrase } from '../../shared/system-errors.ts';

/** No secret of a relay is longer; a path that names another file by mistake shall not fill the memory. Bytes. */
const MOST_BYTES = 64 * 1024;

/**
 * The absolute path of a secret's file. A relative path is below systemd's folder of credentials if there is one, else below the folder
 * of relay.yaml.
 *
 * @param credentials the variable CREDENTIALS_DIRECTORY, which systemd sets (systemd.exec(5), "Credentials").
 */
export function secretPath(path: string, directory: string, credentials: string | undefined): string {
  if (isAbsolute(path)) return path;
  return resolve(credentials === undefined || credentials === '' ? directory : credentials, path);
}

/** Reads a secret's file, which must be UTF-8 text of at most 64 KiB. Never rejects: the trouble names the file's fault, not its content. */
export async function readSecretFile(path: string): Promise<SecretValue> {
  let file: FileHandle | undefined;
  try {
    // Opening a pipe that nobody writes to would wait for ever.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!(await file.stat()).isFile()) return { trouble: `${path} is not a file` };
    const { bytesRead, buffer } = await file.read(Buffer.alloc(MOST_BYTES + 1), 0, MOST_BYTES + 1, 0);
    if (bytesRead > MOST_BYTES) return { trouble: `${path} is longer than ${MOST_BYTES} bytes` };
    return { value: new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead)) };
  } catch (error) {
    return { trouble: `${path}: ${troubleOf(error)}` };
  } finally {
    await file?.close();
  }
}

function troubleOf(error: unknown): string {
  const code = foreignCodeOf(error);
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is not UTF-8 text';
  return systemPhrase(code ?? 'unknown');
}
