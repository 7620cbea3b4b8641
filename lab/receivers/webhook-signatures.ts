/**
 * Checks the headers and signatures of Standard Webhooks 1.0
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Signature scheme", "Webhook headers", "Verifying
 * signatures"): `v1` with the standard's own library, `v1a` (Ed25519) with node:crypto, since that library does not know it.
 *
 * The specification leaves the tolerance open: here it is five minutes, as in the library.
 */
import { type KeyObject, timingSafeEqual, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { ReceivedRequest } from './server.ts';

export interface SignatureRules {
  /** `whsec_...`: one of them must have signed. Empty: `v1` is not checked. */
  readonly secrets: readonly string[];
  /** The key that must have signed with `v1a`. */
  readonly publicKey: KeyObject | undefined;
  /** Milliseconds since the epoch; undefined to accept signatures of any time. */
  readonly now: (() => number) | undefined;
}

const TOLERANCE_SECONDS = 5 * 60;
/** "the message id [...] not be allowed to include any `.`": visible ASCII without it. */
const ID = /^[\x21-\x2d\x2f-\x7e]+$/;
/** "integer unix timestamp (seconds since epoch)" */
const TIMESTAMP = /^(?:0|[1-9]\d{0,10})$/;
/** 32 bytes, 64 bytes, and versions to come. */
const SIGNATURE =
  /^(?:v1,[A-Za-z0-9+/]{43}=|v1a,[A-Za-z0-9+/]{86}==|(?!v1,|v1a,)v\d+[a-z]*,[A-Za-z0-9+/]+={0,2})$/;

type Signed = Pick<ReceivedRequest, 'headers' | 'body'>;

/** What is wrong with the form of the headers; undefined for nothing, and for headers that are not there. */
export function signatureFormTrouble({ headers }: Signed): string | undefined {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  if (id !== undefined && !ID.test(id)) return 'webhook-id has a full stop, a blank, or no ASCII';
  if (timestamp !== undefined && !TIMESTAMP.test(timestamp))
    return 'webhook-timestamp is not in whole seconds';
  if (signature !== undefined && !signature.split(' ').every((each) => SIGNATURE.test(each))) {
    return 'webhook-signature is no list of signatures with blanks between';
  }
  return undefined;
}

/** Why a request is not trusted; undefined where it is, or where nothing is to be checked. The headers must have their form. */
export function signatureTrouble(request: Signed, rules: SignatureRules): string | undefined {
  const { secrets, publicKey, now } = rules;
  if (secrets.length === 0 && publicKey === undefined) return undefined;
  const {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
  } = request.headers;
  if (id === undefined || timestamp === undefined || signature === undefined)
    return 'Missing required headers';
  const late = now === undefined ? 0 : now() / 1_000 - Number(timestamp);
  if (late > TOLERANCE_SECONDS) return 'Message timestamp too old';
  if (late < -TOLERANCE_SECONDS) return 'Message timestamp too new';
  const signatures = signature.split(' ');
  const at = new Date(Number(timestamp) * 1_000);
  const wanted = secrets.map((secret) => new Webhook(secret).sign(id, at, request.body));
  if (wanted.length > 0 && !wanted.some((each) => signatures.some((given) => isSame(each, given)))) {
    return 'No matching signature found';
  }
  const text = Buffer.from(`${id}.${timestamp}.${request.body}`);
  const isSigned = (given: string) =>
    publicKey === undefined ||
    (given.startsWith('v1a,') && verify(undefined, text, publicKey, Buffer.from(given.slice(4), 'base64')));
  return signatures.some(isSigned) ? undefined : 'No matching signature v1a found';
}

function isSame(wanted: string, given: string): boolean {
  return wanted.length === given.length && timingSafeEqual(Buffer.from(wanted), Buffer.from(given));
}
