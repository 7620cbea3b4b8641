/** The form in which a table's data says which columns name an entity. */
import type { EntityKind } from '../message.ts';

/** How one or two columns make a name. A plain string is a column whose value is the name. */
export type NameColumns =
  | string
  /** `CONTOSO\anna`; the account alone where the domain is empty or the account has one. */
  | { readonly domain: string; readonly account: string }
  /** The folder with the file's name behind it, unless the folder's column ends in it already, as it does on devices. */
  | { readonly folder: string; readonly file: string }
  /** The last part of a resource's id: `vm1` of `/subscriptions/…/virtualMachines/vm1`. */
  | { readonly lastPartOf: string };

/** A column that must have a value, or one of these values, whatever their letter case. */
export interface Where {
  readonly column: string;
  readonly is?: readonly string[];
}

/** One entity that rows of a table may name. */
export interface EntityColumns {
  readonly kind: EntityKind;
  /** What may name it, the best first. Where all are empty, its id does. */
  readonly name: readonly NameColumns[];
  /** Columns with an id that Defender's portal knows, the best first. */
  readonly id?: readonly string[];
  /** The row has the entity if one of these holds. Absent: always. */
  readonly where?: readonly Where[];
  /**
   * A column with a list, as JSON or as text that holds JSON: each element may be an entity. `name`, `id` and `where` are members of the
   * elements then; an element that is a string is its own name.
   */
  readonly each?: string;
}

/** What rows of one table may name. Entities of one kind are in the order in which people want to read them. */
export type TableEntities = readonly EntityColumns[];

/** An account of a device: `CONTOSO\anna`. @param prefix before the columns' names: `InitiatingProcess`, `Request` or nothing. */
export function localAccount(prefix = ''): EntityColumns {
  return {
    kind: 'user',
    name: [{ domain: `${prefix}AccountDomain`, account: `${prefix}AccountName` }],
    id: [`${prefix}AccountSid`],
  };
}

/** An account that may be known to Entra too: `anna@contoso.example`, else `CONTOSO\anna`. @param prefix before the columns' names. */
export function account(prefix = ''): EntityColumns {
  return {
    kind: 'user',
    name: [`${prefix}AccountUpn`, { domain: `${prefix}AccountDomain`, account: `${prefix}AccountName` }],
    id: [`${prefix}AccountObjectId`, `${prefix}AccountSid`],
  };
}

/** An entity that one column names. */
export function named(kind: EntityColumns['kind'], ...name: readonly NameColumns[]): EntityColumns {
  return { kind, name };
}

/** An entity with an id in the first of these columns that has one. */
export function withId(entity: EntityColumns, ...id: readonly string[]): EntityColumns {
  return { ...entity, id };
}

export const HOST: EntityColumns = { kind: 'host', name: ['DeviceName'], id: ['DeviceId'] };
export const FILE: EntityColumns = {
  kind: 'file',
  name: [{ folder: 'FolderPath', file: 'FileName' }],
  id: ['SHA256', 'SHA1'],
};
export const RECIPIENT: EntityColumns = withId(named('user', 'RecipientEmailAddress'), 'RecipientObjectId');
export const MAIL: EntityColumns = { kind: 'mail', name: [], id: ['NetworkMessageId'] };
/** The resources of the three clouds that Defender for Cloud knows. */
export const CLOUD_RESOURCES: TableEntities = [
  'AzureResourceId',
  'AwsResourceName',
  'GcpFullResourceName',
].map((column) => withId(named('cloud_resource', { lastPartOf: column }), column));
