/** Lets time pass for a process that was killed: a test need not wait until three of its writes are missing. */
import type { StateDocuments } from '../../src/checkpoints/documents.ts';
import { ACTIVITY_FOLDER, activitySchema } from '../../src/relay/activity/document.ts';
import type { JsonValue } from '../../src/shared/json.ts';

const MINUTE_MS = 60_000;

/** Makes what the killed process wrote about itself a minute older. Rejects where it wrote nothing. @param pid of the process. */
export async function ageActivity(documents: StateDocuments, pid: number | undefined): Promise<void> {
  for await (const name of documents.list(ACTIVITY_FOLDER)) {
    const stored = await documents.get(name);
    if (!stored) continue;
    const document = activitySchema.parse(stored.value);
    if (!document.host.endsWith(`:${pid}`)) continue;
    const older: JsonValue = JSON.parse(
      JSON.stringify({ ...document, writtenOn: document.writtenOn - MINUTE_MS }),
    );
    await documents.put(name, older, stored.etag);
    return;
  }
  throw new Error(`process ${pid} has written nothing about itself`);
}
