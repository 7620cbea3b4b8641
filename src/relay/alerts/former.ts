/** Moves the alerts of renamed destinations (`was`) to their new names. */
import { due } from '../../alerts/groups/due.ts';
import { merged } from '../../alerts/groups/fold.ts';
import { mergedJoins } from '../../alerts/joins/join.ts';
import type { FormerNames } from '../../checkpoints/former-names.ts';
import { createDocument } from '../../checkpoints/update-document.ts';
import { AlertDocuments, type DocumentDeps } from './documents.ts';
import { entryOf, NO_INDEX, withEntry } from './index-document.ts';
import { JOINS_KIND } from './kinds.ts';
import { folderOf, indexDocument, JOINS, OPERATIONAL, RULES } from './names.ts';
import { OperationalMessages } from './operational.ts';

/** It only matters when the document is looked at: at once. */
const ANY_MANNER = { updates: 'none', wantsEnd: false } as const;

/**
 * Moves the groups and messages that wait under old names. Several consumers may do this at the same time, and a crash leaves the rest
 * for the next start: a document is removed only after it stands under the new name. Throws CheckpointError.
 */
export async function takeOverAlerts(deps: DocumentDeps, former: FormerNames): Promise<void> {
  for (const [old, name] of former) {
    const from = new AlertDocuments(old, deps);
    const to = new AlertDocuments(name, deps);
    for (const document of await from.names()) {
      if (document.startsWith(RULES)) await moveShard(deps, from, to, document);
      else if (document.startsWith(JOINS)) await moveJoins(deps, from, to, document);
      else await moveDocument(deps, folderOf(old) + document, folderOf(name) + document);
      if (document === OPERATIONAL) {
        await tellOperational(deps, to);
        await deps.documents.remove(folderOf(old) + document);
      }
    }
    await deps.documents.remove(indexDocument(old));
  }
}

async function moveShard(
  { clock }: DocumentDeps,
  from: AlertDocuments,
  to: AlertDocuments,
  document: string,
): Promise<void> {
  const old = await from.shard(document);
  if (old === undefined) return;
  const now = clock.now();
  const shard = await to.changeShard(document, (known) => {
    const next = known === undefined ? old : merged(known, old, now);
    return next === known ? { keep: known } : { write: next, result: next };
  });
  await to.changeIndex((index = NO_INDEX) => {
    const entry = { ...entryOf(shard, due(shard, now, ANY_MANNER), now), due: now };
    const next = withEntry(index, document, entry);
    return next === index ? { keep: undefined } : { write: next, result: undefined };
  });
  await from.remove(document, ({ seq }) => seq === old.seq);
}

async function moveJoins(
  { clock }: DocumentDeps,
  from: AlertDocuments,
  to: AlertDocuments,
  document: string,
): Promise<void> {
  const old = await from.load(document, JOINS_KIND);
  if (old === undefined) return;
  const now = clock.now();
  const joins = await to.change(document, JOINS_KIND, (known) => {
    const next = known === undefined ? old : mergedJoins(known, old, now);
    return { write: next, result: next };
  });
  await to.changeIndex((index = NO_INDEX) => {
    const entry = { seq: joins.seq, due: now, at: now, severity: 0, pending: 0, messages: 0, groups: 0 };
    const next = withEntry(index, document, entry);
    return next === index ? { keep: undefined } : { write: next, result: undefined };
  });
  await from.removeIf(document, JOINS_KIND, ({ seq }) => seq === old.seq);
}

async function tellOperational({ clock }: DocumentDeps, to: AlertDocuments): Promise<void> {
  const { entry } = await new OperationalMessages(to, clock).entry();
  if (entry === undefined) return;
  await to.changeIndex((index = NO_INDEX) => {
    const next = withEntry(index, OPERATIONAL, entry);
    return next === index ? { keep: undefined } : { write: next, result: undefined };
  });
}

async function moveDocument({ documents }: DocumentDeps, from: string, to: string): Promise<void> {
  const stored = await documents.get(from);
  if (stored) await createDocument(documents, to, stored.value);
}
