/** Members that records of several kinds have, as schemas. */
import { z } from 'zod';
import { LEVELS } from '../../shared/event.ts';

export const id = z.string().regex(/^[0-9a-f]{32}$/);

export const eventId = id
  .describe('The event id: a hash of the row. The same row has the same id whenever and wherever it is read.')
  .meta({ examples: ['bca83535558a6a4b8f58d67371041266'] });
export const time = z
  .string()
  .describe("When it happened: `Timestamp` with all its digits, else the row's own `time`.")
  .meta({ examples: ['2026-11-23T07:01:02.1234567Z'] });
export const received = z
  .string()
  .optional()
  .describe('When Defender handed the row to Azure.')
  .meta({ examples: ['2026-11-23T07:03:00.0000000Z'] });
export const tenant = z
  .string()
  .optional()
  .describe("The tenant's id.")
  .meta({ examples: ['11111111-2222-3333-4444-555555555555'] });
export const table = z
  .string()
  .describe('The Advanced Hunting table.')
  .meta({ examples: ['DeviceProcessEvents'] });
export const severity = z.enum(LEVELS);
export const columns = z.record(z.string(), z.json());
export const source = z
  .strictObject({
    name: z
      .string()
      .optional()
      .describe("The source's name in relay.yaml, where there are several.")
      .meta({ examples: ['emea'] }),
    blob: z
      .string()
      .describe('Container and name of the blob.')
      .meta({ examples: ['insights-logs-advancedhunting-deviceprocessevents/tenantId=.../PT1H.json'] }),
    offset: z
      .int()
      .min(0)
      .describe("The row's first byte in the blob (in a compressed blob: in what it holds).")
      .meta({ examples: [11_550] }),
  })
  .describe('Where the row stands.');
