/** Names the documents of the alerts for one destination. */
import { shortDigest } from '../../shared/digest.ts';

export const ALERTS_FOLDER = 'alerts/';

/** The folder of one destination. */
export const folderOf = (destination: string): string => `${ALERTS_FOLDER}${destination}/`;

/** The small document that says which of the others has something due: see `index-document.ts`. */
export const indexDocument = (destination: string): string => `${folderOf(destination)}${INDEX}`;

/** The name, within the folder, of the document with the groups of one rule. @param rule see `ruleOf`. */
export const ruleShard = (rule: string): string => `${RULES}${shortDigest(rule)}`;

/** The name of the document with the alerts of Defender whose ids have one digest's beginning. */
export const joinDocument = (bucket: string): string => `${JOINS}${bucket}`;

export const RULES = 'rules/';
export const JOINS = 'joins/';
/** The name, within the folder, of the document with the messages about the relay itself. */
export const OPERATIONAL = 'operational';
export const INDEX = 'index';

/** Where a damaged document is kept: the last one of each name. */
export const keptName = (destination: string, name: string): string =>
  `alerts-damaged/${destination}/${name}`;
