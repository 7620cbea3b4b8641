/** The state: its version, writing under an ETag, claims by lease, and the dead letters. */
import { codeOf, messageOf } from '../../../shared/errors.ts';
import { type Check, type DoctorContext, error, type Finding, note } from '../check.ts';

/** Where the check writes a document, which it removes. */
const FOLDER = 'doctor/';

export const state: Check = {
  id: 'state',
  title: 'The state can be written, and is guarded by ETag and lease',
  async run(context, signal) {
    const { stateVersion, deadLetters } = context;
    // First of all: a state that a newer version has written must not be touched.
    await stateVersion.mayRead(signal);
    try {
      const found = [...(await checkEtag(context)), ...(await checkLease(context))];
      for await (const _ of deadLetters.list({}, signal)) break;
      return found;
    } catch (thrown) {
      if (!/\bContainerNotFound\b/.test(messageOf(thrown))) throw thrown;
      return [
        note(
          'the containers of the state do not exist yet',
          '"xdr-relay serve" creates them at its first start; if the state was lost, run "xdr-relay state import" before that',
        ),
      ];
    }
  },
};

async function checkEtag({ documents, machine }: DoctorContext): Promise<readonly Finding[]> {
  const value = { v: 1, at: machine.now() };
  // A name of its own: two doctors must not take each other for a fault of the account.
  const name = FOLDER + crypto.randomUUID();
  const etag = await documents.put(name, value, undefined);
  try {
    await documents.put(name, { ...value, again: true }, etag);
    await documents.put(name, { ...value, stale: true }, etag);
    return [
      error(
        'the account of the state accepts a write under an ETag that is out of date',
        'use Azure Storage itself for the state: what stands between ignores If-Match, and consumers would overwrite each other',
      ),
    ];
  } catch (thrown) {
    if (codeOf(thrown) !== 'checkpoint_conflict') throw thrown;
    return [];
  } finally {
    await documents.remove(name);
  }
}

async function checkLease({ sharedClaims, sources }: DoctorContext): Promise<readonly Finding[]> {
  const [source] = sources;
  if (!source) return [];
  const ref = { account: source.blobs.account, container: 'doctor', name: 'lease' };
  const first = await sharedClaims.claim(ref);
  // Another doctor works at this moment, and has just shown that leases work.
  if (!first) return [];
  try {
    await first.renew();
    const second = await sharedClaims.claim(ref);
    if (!second) return [];
    await second.release();
    return [
      error(
        'the account of the state gives one lease twice',
        'use Azure Storage itself for the state: two consumers would work on one blob',
      ),
    ];
  } finally {
    await first.release();
    await sharedClaims.remove(ref).catch(() => {});
  }
}
