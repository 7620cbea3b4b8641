import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkpointName, claimName } from '../../src/checkpoints/naming.ts';
import { SPLUNK } from './harness.ts';

const container = 'insights-logs-advancedhunting-deviceevents';
const ref = (name: string) => ({ account: 'contoso', container, name });
const names = fc.oneof(
  fc.string({ minLength: 1, maxLength: 1024, unit: 'binary' }),
  fc
    .array(fc.constantFrom('a', '.', '..', '', 'b.', '~', 'h=07', '\\', 'é', '@splunk'), { maxLength: 400 })
    .map((s) => s.join('/')),
  fc.string({ minLength: 1000, maxLength: 1024 }),
);

describe('state names', () => {
  it('mirror the source', () => {
    const name = 'tenantId=t/y=2026/m=11/d=23/h=07/m=00/PT1H.json';
    expect(checkpointName(ref(name))).toBe(`checkpoints/${container}/${name}`);
    expect(claimName(ref(name))).toBe(`claims/${container}/${name}`);
    expect(claimName(ref(name), SPLUNK)).toBe(`claims/${container}/${name}@splunk`);
    expect(claimName(ref(name), { ...SPLUNK, replay: true })).toBe(
      `claims/${container}/${name}@splunk~replay`,
    );
  });

  it('keep the folders of a name that is too long', () => {
    const name = `tenantId=t/y=2026/${'x'.repeat(1000)}.json`;
    expect(checkpointName(ref(name))).toMatch(/^checkpoints\/[a-z-]+\/tenantId=t\/y=2026\/~[0-9a-f]{64}$/);
  });

  it('fit the service, whatever the source is called', () => {
    fc.assert(
      fc.property(names, fc.option(fc.constant(SPLUNK), { nil: undefined }), (name, cursor) => {
        for (const path of [checkpointName(ref(name)), claimName(ref(name), cursor)]) {
          expect(path.length).toBeLessThanOrEqual(1024);
          expect(path.split('/').length).toBeLessThanOrEqual(254);
          expect(path.split('/').some((segment) => segment === '' || segment.endsWith('.'))).toBe(false);
          expect(
            new URL(`https://x/${path.split('/').map(encodeURIComponent).join('/')}`).pathname.split('/'),
          ).toHaveLength(path.split('/').length + 1);
        }
      }),
    );
  });

  it('of one of several sources carry its name, under the same first folder', () => {
    expect(checkpointName(ref('a/b.json'), 'fabrikam')).toBe(`checkpoints/@fabrikam/${container}/a/b.json`);
    expect(claimName(ref('a/b.json'), SPLUNK, 'fabrikam')).toBe(
      `claims/@fabrikam/${container}/a/b.json@splunk`,
    );
    fc.assert(
      fc.property(names, names, (a, b) => {
        expect(checkpointName(ref(a), 'fabrikam')).not.toBe(checkpointName(ref(b)));
        expect(checkpointName(ref(a), 'fabrikam').length).toBeLessThanOrEqual(1024);
      }),
    );
  });

  it('are never the same for two blobs', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        fc.pre(a !== b);
        expect(checkpointName(ref(a))).not.toBe(checkpointName(ref(b)));
      }),
    );
  });
});
