/** Converts between the URIs of editors and absolute paths. */
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The path of a document that is a file; undefined for all others, such as `untitled:`. */
export function pathOfUri(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    const path = fileURLToPath(uri);
    // Editors write the letter of a drive in either case.
    return path.replace(/^[a-z]:/, (drive) => drive.toUpperCase());
  } catch {
    return undefined;
  }
}

export function uriOfPath(path: string): string {
  return pathToFileURL(path).href;
}
