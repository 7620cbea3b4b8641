/** The step `decode_base64`: makes text of Base64. */
import { z } from 'zod';
import { formatCount } from '../../shared/readable.ts';
import type { Work } from '../work.ts';
import { defineStep } from './step.ts';

/** Longer texts are not decoded. UTF-16 units. */
const LONGEST = 262_144;
/** The cost of decoding per unit, in nanoseconds. */
const COST = 20;
/** Padding has two characters at most. Without that bound, a row of padding would be searched anew from each of its characters. */
const PADDING = /={1,2}$/;

/** `decode_base64: { column: encoded, charset: utf16le, to: script }`: what PowerShell's -EncodedCommand hides. */
export const decodeBase64 = defineStep(
  'decode_base64',
  z
    .strictObject({
      column: z
        .string()
        .min(1)
        .describe('The column with Base64, also in the alphabet for addresses and without padding.'),
      charset: z
        .enum(['utf8', 'utf16le'])
        .default('utf8')
        .describe('How the bytes are text. PowerShell encodes its commands as `utf16le`.'),
      to: z
        .string()
        .min(1)
        .optional()
        .describe('Writes the text to this column and leaves the original unchanged.'),
    })
    .describe(
      `Decodes Base64 into text. What is not Base64, is longer than ${formatCount(LONGEST)} characters, or is no text in the charset stays unchanged.`,
    ),
  ({ column, charset, to = column }, context) => {
    context.need(column, ['column'], { types: ['string', 'dynamic'] });
    context.columns.add(to, 'string');
    const decoder = new TextDecoder(charset === 'utf8' ? 'utf-8' : 'utf-16le', {
      fatal: true,
      ignoreBOM: false,
    });
    return (draft) => {
      const value = draft.get(column);
      const text = typeof value === 'string' ? decoded(value, decoder, draft.work) : undefined;
      if (text !== undefined) draft.set(to, text);
    };
  },
  {
    value: { column: 'AdditionalFields', charset: 'utf16le', to: 'script' },
    row: { AdditionalFields: 'dwBoAG8AYQBtAGkA' },
    result: { AdditionalFields: 'dwBoAG8AYQBtAGkA', script: 'whoami' },
  },
);

function decoded(text: string, decoder: InstanceType<typeof TextDecoder>, work: Work): string | undefined {
  if (text === '' || text.length > LONGEST) return undefined;
  if (!work.take('steps', COST * text.length)) {
    work.cut();
    return undefined;
  }
  const plain = text.trim().replaceAll('-', '+').replaceAll('_', '/').replace(PADDING, '');
  if (plain === '' || plain.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(plain)) return undefined;
  try {
    const binary = atob(plain);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
