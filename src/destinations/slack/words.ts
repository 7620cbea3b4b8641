/** The words with which Slack refuses, and what each means for what was sent. */

/** What a refusal is about. */
export type About =
  /** The channel, or the webhook: nothing will be taken until somebody changes a setting. */
  | 'channel'
  /** The token, the app or the workspace: the same. */
  | 'access'
  /** What was sent: this message will never be taken. */
  | 'message'
  /** The message that was to be changed, or its thread: a new one can be posted. */
  | 'earlier_message'
  /** The pace. */
  | 'pace'
  /** A trouble of Slack's that passes. */
  | 'passing';

/**
 * From Slack's references: "Sending messages using incoming webhooks" (handling errors), `chat.postMessage` and `chat.update` (errors), as of
 * November 2026. A word that is not here is taken for a passing trouble where Slack said it with 2xx: a message is then sent again, and not lost.
 */
const WORDS: Readonly<Record<About, readonly string[]>> = {
  channel: [
    'action_prohibited',
    'channel_is_archived',
    'channel_not_found',
    'channel_type_not_supported',
    'is_archived',
    'is_inactive',
    'messages_tab_disabled',
    'no_active_hooks',
    'no_service',
    'no_service_id',
    'not_in_channel',
    'posting_to_general_channel_denied',
    'restricted_action',
    'restricted_action_read_only_channel',
    'restricted_action_thread_only_channel',
    'user_not_found',
  ],
  access: [
    'access_denied',
    'accesslimited',
    'account_inactive',
    'app_missing_action_url',
    'as_user_not_supported',
    'deprecated_endpoint',
    'ekm_access_denied',
    'enterprise_is_restricted',
    'invalid_auth',
    'invalid_token',
    'is_bot',
    'method_deprecated',
    'method_not_supported_for_channel_type',
    'missing_scope',
    'no_permission',
    'no_team',
    'not_allowed_token_type',
    'not_authed',
    'org_login_required',
    'team_access_not_granted',
    'team_disabled',
    'team_not_found',
    'token_expired',
    'token_revoked',
    'two_factor_setup_required',
    'unknown_method',
    'upgrade_required',
  ],
  message: [
    'attachment_payload_limit_exceeded',
    'invalid_arg_name',
    'invalid_arguments',
    'invalid_array_arg',
    'invalid_attachments',
    'invalid_blocks',
    'invalid_blocks_format',
    'invalid_charset',
    'invalid_form_data',
    'invalid_json',
    'invalid_metadata_format',
    'invalid_metadata_schema',
    'invalid_payload',
    'invalid_post_type',
    'json_not_object',
    'markdown_text_conflict',
    'metadata_too_large',
    'missing_post_type',
    'msg_blocks_too_long',
    'msg_too_long',
    'no_text',
    'slack_connect_blocked_file_type',
    'slack_connect_canvas_sharing_blocked',
    'slack_connect_file_link_sharing_blocked',
    'slack_connect_lists_sharing_blocked',
    'too_many_attachments',
    'too_many_contact_cards',
  ],
  earlier_message: [
    'block_mismatch',
    'cannot_reply_to_message',
    'cant_update_message',
    'edit_window_closed',
    'message_not_found',
    'no_dual_broadcast_content_update',
    'restricted_action_non_threadable_channel',
    'restricted_action_thread_locked',
    'streaming_state_conflict',
    'thread_not_found',
  ],
  pace: ['message_limit_exceeded', 'rate_limited', 'ratelimited'],
  passing: [
    'external_channel_migrating',
    'fatal_error',
    'internal_error',
    'request_timeout',
    'rollup_error',
    'service_unavailable',
    'team_added_to_org',
    'update_failed',
  ],
};

const MEANINGS: ReadonlyMap<string, About> = new Map(
  Object.entries(WORDS).flatMap(([about, words]) =>
    // The keys of WORDS are what words can be about.
    words.map((word): [string, About] => [word, about as About]),
  ),
);

/** Slack answers in one word, sometimes with a detail behind it. Other words have an underscore, unlike a proxy's prose. */
const WORD = /^(?:ratelimited|accesslimited|[a-z0-9]+(?:_[a-z0-9]+)+)(?=$|[\s:])/;

/** The word that a text begins with, if Slack could have said it. */
export function wordIn(text: string): string | undefined {
  return WORD.exec(text.trim())?.[0];
}

/** What a word of Slack's is about; undefined for those that are not known. */
export function meaningOf(word: string): About | undefined {
  return MEANINGS.get(word);
}

/** All words by what they are about. */
export function knownWords(): readonly (readonly [string, About])[] {
  return [...MEANINGS];
}
