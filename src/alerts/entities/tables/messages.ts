/** What rows about mail, Teams messages and clicks name. */
import { type EntityColumns, MAIL, named, RECIPIENT, type TableEntities, withId } from '../columns.ts';

const SENDER = withId(named('user', 'SenderFromAddress', 'SenderDisplayName'), 'SenderObjectId');
const URL = named('url', 'Url', 'UrlDomain');
/** A message of Teams: Defender's portal shows it by its own id, as a mail by its NetworkMessageId. */
const TEAMS_MESSAGE = withId(named('mail'), 'TeamsMessageId');
const TEAMS_RECIPIENTS: EntityColumns = {
  kind: 'user',
  each: 'RecipientDetails',
  name: [
    'RecipientSmtpAddress',
    'RecipientEmailAddress',
    'SmtpAddress',
    'RecipientDisplayName',
    'DisplayName',
  ],
  id: ['RecipientObjectId', 'ObjectId'],
};

export const MESSAGE_TABLES: Readonly<Record<string, TableEntities>> = {
  CallActivityEvents: [
    withId(named('user', 'ActivityInitiatorUpn', 'ActivityInitiatorDisplayName'), 'ActivityInitiatorId'),
    named('user', 'OriginatorUpn', 'OriginatorUserDisplayName'),
    named('url', 'CallJoinUrl'),
  ],
  CampaignInfo: [named('user', 'RecipientEmailAddress'), MAIL],
  EmailAttachmentInfo: [RECIPIENT, SENDER, withId(named('file', 'FileName'), 'SHA256'), MAIL],
  EmailEvents: [
    RECIPIENT,
    { kind: 'user', each: 'To', name: ['EmailAddress', 'Address'] },
    { kind: 'user', each: 'Cc', name: ['EmailAddress', 'Address'] },
    SENDER,
    // What the envelope says, which a forged From differs from.
    named('user', 'SenderMailFromAddress'),
    named('address', 'SenderIPv4'),
    named('address', 'SenderIPv6'),
    withId(named('mail', 'Subject'), 'NetworkMessageId'),
  ],
  EmailPostDeliveryEvents: [named('user', 'RecipientEmailAddress'), named('user', 'SenderFromAddress'), MAIL],
  EmailUrlInfo: [URL, MAIL],
  MessageEvents: [
    withId(named('user', 'SenderEmailAddress', 'SenderDisplayName'), 'SenderObjectId'),
    TEAMS_RECIPIENTS,
    withId(named('mail', 'MessageSubject', 'Subject'), 'TeamsMessageId'),
  ],
  MessagePostDeliveryEvents: [named('user', 'SenderEmailAddress'), TEAMS_RECIPIENTS, TEAMS_MESSAGE],
  MessageUrlInfo: [URL, TEAMS_MESSAGE],
  UrlClickEvents: [
    named('user', 'AccountUpn'),
    named('address', 'IPAddress'),
    named('url', 'Url'),
    MAIL,
    named('cloud_app', 'AppName', 'Workload'),
  ],
};
