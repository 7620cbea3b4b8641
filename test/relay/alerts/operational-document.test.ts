/** The messages about the relay that wait for a destination are one document, which must never grow too large to be written. */
import { describe, expect, it } from 'vitest';
import type { OperationalMessage } from '../../../src/alerts/message.ts';
import { MAX_DOCUMENT_BYTES } from '../../../src/checkpoints/documents.ts';
import { type OperationalDocument, withMessage } from '../../../src/relay/alerts/operational-document.ts';

const NOW = Date.UTC(2026, 10, 27);

const long = (number: number): OperationalMessage => ({
  kind: 'operational',
  id: String(number),
  phase: 'first',
  severity: 'high',
  title: `${number} ${'影'.repeat(5_000)}`,
  text: '影'.repeat(5_000),
  facts: Array.from({ length: 50 }, () => ({ label: 'l'.repeat(100), value: '影'.repeat(1_000) })),
  since: new Date(NOW).toISOString(),
});

describe('the document of messages about the relay', () => {
  it('has room for a message more, however long those are that wait', () => {
    let document: OperationalDocument | undefined;
    for (let number = 0; number < 205; number++) document = withMessage(document, long(number), NOW + number);
    const last = document?.messages.at(-1)?.message;
    expect(last).toMatchObject({ id: '204', facts: long(204).facts });
    expect(Buffer.byteLength(JSON.stringify(document))).toBeLessThan(MAX_DOCUMENT_BYTES);
    // Details go before messages.
    expect(document?.messages).toHaveLength(200);
  });

  it('gives up what was said before what waits', () => {
    let document: OperationalDocument | undefined;
    for (let number = 0; number < 4; number++) document = withMessage(document, long(number), NOW);
    const [first, ...rest] = document?.messages ?? [];
    if (document === undefined || first === undefined) throw new Error('no message');
    document = { ...document, messages: [...rest, { ...first, isSaid: true }] };
    document = withMessage(document, long(5), NOW);
    expect(document.messages.map(({ message: { id, facts } }) => [id, facts.length])).toEqual(
      ['1', '2', '3', '5'].map((id) => [id, 50]),
    );
  });
});
