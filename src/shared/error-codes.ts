/**
 * Every error code of xdr-relay: what it means and what to do about it. docs/errors.md is generated from this list, and a code
 * that is not in it does not compile.
 *
 * Codes are part of the interface: they appear in log lines, metric labels, answers of the endpoint, dead letters and messages of
 * the command line. Rename none; add new ones here first.
 */

/** Where an error comes from: the sections of docs/errors.md, in this order. */
export const ROOMS = {
  cli: 'Command line',
  config: 'Configuration and start',
  azure: 'Storage accounts and blobs',
  state: 'State',
  dead_letters: 'Dead letters',
  queue: 'Task queue',
  events: 'Notifications and the endpoint',
  rows: 'Rows that cannot be read',
  destinations: 'Destinations',
  rules: 'Rules',
  lists: 'List feeds',
  console: 'Console',
  worker: 'Cloudflare Workers',
} as const;

export type Room = keyof typeof ROOMS;

/** The list's entry for one code. Both sentences are Markdown. */
export interface ErrorCodeEntry {
  /** The rooms that use it; the page lists it under the first. */
  readonly rooms: readonly [Room, ...Room[]];
  /** One sentence: what happened, and what the relay does about it. */
  readonly meaning: string;
  /** One sentence: what the person who reads it does. */
  readonly fix: string;
}

export const errorCodes = {
  // Command line
  backfill_elsewhere: {
    rooms: ['cli'],
    meaning: 'Another process runs the same backfill and has written its progress in the meantime.',
    fix: 'Let that process finish, or stop it and run the command again: it continues where the other one stopped.',
  },
  bad_filter: {
    rooms: ['cli'],
    meaning: 'The filters of a `dead-letters` command exclude each other.',
    fix: 'Give either `--unreadable` or `--destination`: rows that could not be read belong to no destination.',
  },
  bad_policy: {
    rooms: ['cli'],
    meaning:
      'The file given as a lifecycle policy cannot be read, or is not the policy of a storage account.',
    fix: 'Export it again with `az storage account management-policy show`.',
  },
  bad_prices: {
    rooms: ['cli'],
    meaning: 'The file given as a price list cannot be read, or is not a price list.',
    fix: 'Copy `src/relay/cost/prices.json` and change the prices in it; the message names the key that is wrong.',
  },
  unknown_list: {
    rooms: ['cli'],
    meaning:
      'A `lists` command names a list that the rule files, or `list_feeds` of relay.yaml, do not have.',
    fix: '`xdr-relay lists list` shows the lists.',
  },
  feed_failed: {
    rooms: ['lists'],
    meaning:
      'The server of a list feed answered with an error or redirected too often; the list stays as it is.',
    fix: 'Look at the status: 401 and 403 ask for a key under `headers`; 429 asks to pull less often.',
  },
  feed_too_large: {
    rooms: ['lists'],
    meaning:
      'A list feed is larger than `max_size`, or has more values than a list may have; the list stays as it is.',
    fix: 'Raise `max_size`, or use a smaller feed.',
  },
  feed_unreadable: {
    rooms: ['lists'],
    meaning: 'What a list feed sent is not of its `format`; the list stays as it is.',
    fix: 'Look at what the address returns, and correct `format`, `column`, `columns` or `items`.',
  },
  feed_unusable: {
    rooms: ['lists'],
    meaning:
      'What a list feed sent would make no good list, since it is empty, most values are not of the type, or another file has the name; the list stays as it is.',
    fix: 'Correct the type in `lists/lists.yaml` or the feed; the message says which.',
  },
  no_usage: {
    rooms: ['cli'],
    meaning: 'No consumer has counted its storage operations on the days that `cost` was asked about.',
    fix: 'Wait five minutes after the start of `xdr-relay serve`, or give more `--days`; consumers on Cloudflare Workers count none.',
  },
  clone_needed: {
    rooms: ['cli'],
    meaning: 'The command needs the sources of xdr-relay, which the package does not have.',
    fix: 'Clone the repository, run `npm ci`, and run the command there with `npm run xdr-relay --`.',
  },
  config_missing: {
    rooms: ['cli'],
    meaning: 'A `rules` command was told to use a relay.yaml that it cannot read.',
    fix: 'Correct the path behind `--config`, or leave the option out: then `relay.yaml` is used where it lies in the working directory.',
  },
  config_needed: {
    rooms: ['cli'],
    meaning:
      'The address of a blob was given, but not the relay.yaml that says how to sign in to its account.',
    fix: 'Add `--config relay.yaml`.',
  },
  emulator_missing: {
    rooms: ['cli'],
    meaning:
      'The demo needs an emulator that is not installed: Azurite, of a storage account, or for `--to kafka` kcat, which has a Kafka broker for tests.',
    fix: 'For Azurite, run `npm install azurite` in the folder where xdr-relay is installed, or `npm install -g azurite` if it is installed globally; for kcat, install the package `kcat` of Debian, Ubuntu or Homebrew.',
  },
  empty_range: {
    rooms: ['cli'],
    meaning: 'The end of the time range is not later than its beginning, so no blob can be in it.',
    fix: 'Give a `--to` that is later than `--from`.',
  },
  comment_failed: {
    rooms: ['cli'],
    meaning: 'The code host did not take the comment on the pull or merge request, or cannot be reached.',
    fix: 'Correct the token or the environment of the job, as the message says; the reports themselves are written all the same.',
  },
  file_exists: {
    rooms: ['cli'],
    meaning: 'The command would overwrite a file, and has written nothing.',
    fix: 'Name another file, move the existing one away, or use `--force` where the message offers it.',
  },
  export_unreadable: {
    rooms: ['cli'],
    meaning:
      'A file given to `schema import` or `schema diff` cannot be read, or is far larger than the result of `getschema`.',
    fix: 'Correct the path, or export the result of `getschema` alone.',
  },
  file_unreadable: {
    rooms: ['cli'],
    meaning: 'A file or folder that a `rules` command was given cannot be read, or holds no rule file.',
    fix: 'Correct the path, or the permissions of the file.',
  },
  file_unwritable: {
    rooms: ['cli'],
    meaning: 'A file that a `rules` command writes, such as a new rule file or a report, cannot be written.',
    fix: 'Correct the path, or the permissions of the folder.',
  },
  no_dead_letter: {
    rooms: ['cli'],
    meaning: 'There is no dead letter with this name: it was sent again, removed, or the name is misspelt.',
    fix: 'Copy the name from `xdr-relay dead-letters list`.',
  },
  no_poison_message: {
    rooms: ['cli'],
    meaning:
      'The poison queue has no visible message with this id: it was put back or removed, another program holds it for a moment, or the id is misspelt.',
    fix: 'Copy the id from `xdr-relay poison list`.',
  },
  nothing_to_do: {
    rooms: ['cli'],
    meaning: 'The options of `serve` switch off both of its parts, the endpoint and the consumer.',
    fix: 'Give either `--no-endpoint` or `--no-consumer`.',
  },
  options_conflict: {
    rooms: ['cli'],
    meaning: 'Two options of the command do not go together, or one needs another.',
    fix: 'The message says which: leave one out, or add the other.',
  },
  package_incomplete: {
    rooms: ['cli'],
    meaning: 'The command was copied without the other files of its package, such as the shipped rules.',
    fix: 'Install the whole package with npm; or run `xdr-relay init --minimal`, which needs none of them.',
  },
  row_unreadable: {
    rooms: ['cli'],
    meaning: 'The file with the row to explain does not hold one JSON object.',
    fix: 'Save a single row of a blob, as one JSON object, in the file.',
  },
  rows_unreadable: {
    rooms: ['cli'],
    meaning:
      'The file or blob with the rows to run rules on does not exist, is damaged, holds no row that can be read, or is not one that relay.yaml covers.',
    fix: 'Correct the path or the address; the message says which of these it is.',
  },
  revision_unreadable: {
    rooms: ['cli'],
    meaning:
      'Git does not know the revision that --diff or --changed names, or the folder of rule files is in no repository.',
    fix: 'Correct the name (`git rev-parse NAME`), fetch the branch in CI (`fetch-depth: 0`), or give --diff a folder.',
  },
  several_folders: {
    rooms: ['cli'],
    meaning: 'The paths given to a `rules` command lie in different folders of rule files.',
    fix: 'Name those of one folder at a time.',
  },
  source_needed: {
    rooms: ['cli'],
    meaning: 'relay.yaml has several sources, and the command works on one.',
    fix: 'Name the source with `--source`.',
  },
  table_needed: {
    rooms: ['cli'],
    meaning: 'The row does not say which table it belongs to.',
    fix: 'Name the table with `--table`; with `rules new`, as its argument.',
  },
  tables_needed: {
    rooms: ['cli'],
    meaning: '`cost` was given the appends of a workload, but not its tables.',
    fix: 'Add `--tables`, or leave `--appends` out to estimate from what was counted.',
  },
  no_template: {
    rooms: ['cli'],
    meaning: 'There is no template for this type of destination: nothing has to be created at the product.',
    fix: 'Use one of the types that the message names.',
  },
  unknown_destination: {
    rooms: ['cli'],
    meaning: 'relay.yaml has no destination with this name.',
    fix: 'Use a name from `destinations` in relay.yaml.',
  },
  silence_too_wide: {
    rooms: ['cli'],
    meaning:
      'A silence without a rule, or with conditions that nearly every alert meets, would keep everything from people.',
    fix: 'Name a rule, or a value that only the unwanted alerts have.',
  },
  silence_without_reason: {
    rooms: ['cli'],
    meaning: 'A silence was given no reason, or one that is too long.',
    fix: 'Say with `--reason` in a sentence why people are not to be told.',
  },
  silence_matches_nothing: {
    rooms: ['cli'],
    meaning: 'The silence names a rule or a column that does not exist, so it would silence nothing.',
    fix: 'Correct the name; `--force` takes it nevertheless, for a rule that is to come.',
  },
  too_many_silences: {
    rooms: ['cli'],
    meaning: 'There are as many silences as an alert may be compared with.',
    fix: 'End some with `xdr-relay alerts end`, or write a filter or an exception into the rules.',
  },
  unknown_silence: {
    rooms: ['cli'],
    meaning: 'There is no silence with this id, or it is over already.',
    fix: 'Use an id that `xdr-relay alerts list` shows.',
  },
  unknown_source: {
    rooms: ['cli'],
    meaning: 'relay.yaml has no source with this name.',
    fix: 'Use a name from `sources` in relay.yaml.',
  },
  unknown_table: {
    rooms: ['cli'],
    meaning:
      'The storage account has no container for this table, or the relay knows no table with this name.',
    fix: 'Write the name as Microsoft does, for example `DeviceProcessEvents`, and check that Defender XDR exports the table.',
  },
  port_unknown: {
    rooms: ['cli'],
    meaning: '`xdr-relay health` cannot know the port, because `monitoring.port` is 0.',
    fix: 'Set `monitoring.port`, or give the port that the log names with `--port`.',
  },

  // Configuration and start
  authentication_missing: {
    rooms: ['config'],
    meaning:
      'The endpoint has no key and accepts no tokens, so anybody who can reach it could post notifications; the relay does not start.',
    fix: 'List a key under `server.keys` in relay.yaml, set `server.entra`, or use `--insecure` on 127.0.0.1 for a test.',
  },
  bad_connection_string: {
    rooms: ['config'],
    meaning:
      'A setting does not hold an Azure Storage connection string with an account key or a shared access signature.',
    fix: 'Copy the connection string from the Azure portal again, whole and without line breaks.',
  },
  cannot_listen: {
    rooms: ['config'],
    meaning:
      'The endpoint cannot listen on its address: the port is taken or not allowed, or the host has no such address.',
    fix: 'Free the port, or change `server.port` and `server.host`, `monitoring.port` and `monitoring.host`, or `console.port` and `console.host`; a second process on the same machine needs ports of its own: `--port`, `--monitoring-port`, `--console-port`.',
  },
  config_invalid: {
    rooms: ['config'],
    meaning:
      'relay.yaml, or an environment variable that belongs to it, has a value that the relay cannot use.',
    fix: 'Run `xdr-relay config` and correct what it lists.',
  },
  config_unreadable: {
    rooms: ['config'],
    meaning: 'relay.yaml, or the file `.env` beside it, does not exist or cannot be read as UTF-8 text.',
    fix: 'Correct the path or the permissions; `xdr-relay init` writes a relay.yaml to begin with.',
  },
  key_vault_refused: {
    rooms: ['config'],
    meaning:
      'Key Vault refuses to give a secret: the identity may not read it, or it is not there, or it is disabled.',
    fix: 'Do what the message says; usually, give the identity of the relay the role *Key Vault Secrets User* on the vault.',
  },
  key_vault_unavailable: {
    rooms: ['config'],
    meaning:
      'Key Vault, or Entra ID, does not answer or asks for patience; a running relay keeps the secrets it has, and asks again.',
    fix: 'Check the address under `key_vault`, the way to it (DNS, firewall, private endpoint), and whether Azure has an outage.',
  },
  not_writable: {
    rooms: ['cli', 'destinations'],
    meaning: 'A file cannot be created or written: one of `init`, or that of a destination, whose rows wait.',
    fix: 'Give the process write permission on the path, or name another path.',
  },
  shutting_down: {
    rooms: ['config', 'worker'],
    meaning:
      'The process or the Worker invocation reached the end of its time, and work in progress was stopped.',
    fix: 'Nothing: the next start or invocation continues at the last stored offset, and may repeat what was accepted since.',
  },
  starting: {
    rooms: ['config', 'events'],
    meaning:
      'The relay waits for its storage account before it starts, and answers notifications with 503 so that Event Grid repeats them.',
    fix: 'Read `/readyz` or the log to see what it waits for; a role assignment takes some minutes to become effective.',
  },
  storage_not_configured: {
    rooms: ['config'],
    meaning: 'relay.yaml does not say how to reach the storage account or its queues, or how to sign in.',
    fix: 'Set `account`, `blob_endpoint` or `connection_string` under the setting that the message names.',
  },
  thread_failed: {
    rooms: ['config'],
    meaning: 'A thread of the process ended by an error, and the process ended with it.',
    fix: 'Let the service manager start it again; if it comes back, read the message: memory is the usual reason (`limits.threads`, `limits.memory`).',
  },
  capture_not_allowed: {
    rooms: ['config'],
    meaning: 'The console was asked to capture rows of a table, and relay.yaml does not allow it.',
    fix: 'Set `console.capture: true`, and `console.rows` so that it shows rows of the table.',
  },
  too_many_captures: {
    rooms: ['config'],
    meaning: 'The console was asked to capture rows of a further table, and five are captured already.',
    fix: 'End one of the captures, or wait until one is over: ten minutes at most.',
  },
  checks_unavailable: {
    rooms: ['config'],
    meaning: 'The console was asked for checks of the setup that this host cannot run.',
    fix: 'Run `xdr-relay doctor` where relay.yaml and its secrets are.',
  },
  threads_unavailable: {
    rooms: ['config'],
    meaning: '`limits.threads` is above 1, but the file that runs a thread was not found beside the command.',
    fix: 'Start the relay by its command, with `thread.js` beside it as the build writes it, or set `limits.threads: 1`.',
  },
  unexpected: {
    rooms: ['config'],
    meaning:
      'An error that has no code of its own, or one of another version of the relay; the log line has the stack where there is one.',
    fix: 'Report it with its log line if it comes back: the task is tried again meanwhile.',
  },

  // Storage accounts and blobs
  arm_refused: {
    rooms: ['azure'],
    meaning: 'Azure Resource Manager does not let the identity of the relay read what `doctor` asks for.',
    fix: 'Give the identity the role Reader on the storage account, or check by hand what `doctor` lists.',
  },
  arm_unavailable: {
    rooms: ['azure'],
    meaning: 'Azure Resource Manager does not answer, or gives an answer that is none of its own.',
    fix: 'Try again; if it persists, check that a firewall lets this machine reach it.',
  },
  blob_archived: {
    rooms: ['azure'],
    meaning:
      'The blob is in the archive tier or being rehydrated, so Azure does not give its content; its rows wait and the relay looks again later and later.',
    fix: 'Rehydrate the blob, and keep the lifecycle policy from archiving blobs before they are delivered.',
  },
  blob_forbidden: {
    rooms: ['azure'],
    meaning:
      'Azure refuses to let the relay read a blob or list a container (401 or 403), or a task names a blob of another account.',
    fix: 'Give the identity the role Storage Blob Data Reader on the source account, and check the firewall of the account.',
  },
  blob_gone: {
    rooms: ['azure'],
    meaning:
      'The blob or container no longer exists, or has a name that no blob can have; the task for it ends.',
    fix: 'Nothing where it was deleted on purpose; `xdr-relay losses` lists blobs that were deleted before all rows were delivered.',
  },
  blob_replaced: {
    rooms: ['azure'],
    meaning:
      'While the relay was reading a blob, another one was created under the same name; it is read from the beginning.',
    fix: 'Nothing, unless it happens often: then find out what rewrites the blobs of Defender XDR.',
  },
  blob_rewritten: {
    rooms: ['azure'],
    meaning:
      'The content of a blob before the stored offset has changed, though its creation time has not; it is read from the beginning.',
    fix: 'Find out what rewrites the blobs: Defender XDR only appends to them.',
  },
  blob_unreadable: {
    rooms: ['azure'],
    meaning:
      'Azure refuses this one blob permanently, with a status other than 401, 403 and 404; its rows wait and the relay looks again later and later.',
    fix: "Look up the service's code in the message; `xdr-relay status` lists blobs in this state.",
  },
  storage_unavailable: {
    rooms: ['azure', 'state', 'dead_letters'],
    meaning:
      'Azure Storage does not answer, is throttling, or the state container is missing; work is put back and tried again.',
    fix: 'Check the status of Azure, the network, and the state container; nothing is lost while it lasts.',
  },

  // State
  checkpoint_conflict: {
    rooms: ['state'],
    meaning: 'Another consumer changed the same state document first; the change is merged and tried again.',
    fix: 'Nothing: it is a normal result of several consumers.',
  },
  checkpoint_unreadable: {
    rooms: ['state'],
    meaning: 'A document in the state container is damaged, too large, or was written by a newer version.',
    fix: 'Restore the document from an export, or delete it to read its blob from the beginning.',
  },
  claim_lost: {
    rooms: ['state'],
    meaning:
      "The consumer's claim on a blob ended before its work did, so another consumer may work on it; it stops sending at once.",
    fix: 'Nothing when it is rare; if it is frequent, give the process more CPU, or find out what delays requests to Azure.',
  },
  state_newer: {
    rooms: ['state', 'dead_letters'],
    meaning:
      'A newer version of xdr-relay has written the state; this one reads nothing of it, writes nothing to it, and ends.',
    fix: 'Run the newer version; [upgrading.md](upgrading.md#go-back) says how to go back to an older one.',
  },
  state_file_incomplete: {
    rooms: ['state'],
    meaning: 'The exported state ends early: the export was stopped, or the file was cut.',
    fix: 'Export again, and import the complete file.',
  },
  state_file_not_writable: {
    rooms: ['state'],
    meaning: 'The file for the exported state cannot be written.',
    fix: 'Free space on the disk, or name another file with `--out`.',
  },
  state_file_of_other_account: {
    rooms: ['state'],
    meaning:
      'The exported state belongs to another storage account, where its offsets say nothing about the blobs of this one.',
    fix: 'Use the relay.yaml of the account in question, or the export of this account.',
  },
  state_file_unreadable: {
    rooms: ['state'],
    meaning: 'The file is not an export of the state, is damaged, or was written by a newer version.',
    fix: 'Name a file that `xdr-relay state export` of this version or an earlier one has written.',
  },

  // Dead letters
  dead_letter_too_large: {
    rooms: ['dead_letters'],
    meaning:
      'A dead letter would be larger than 64 MiB, so it cannot be stored, and the offset does not pass its row.',
    fix: 'Lower `limits.row` in relay.yaml.',
  },
  dead_letter_unreadable: {
    rooms: ['dead_letters'],
    meaning: 'A dead letter is damaged, or was written by a newer version; the others are not affected.',
    fix: 'Use the version that wrote it, or remove it with `xdr-relay dead-letters drop`.',
  },
  failed_alone: {
    rooms: ['destinations', 'dead_letters'],
    meaning:
      'A row failed alone in an earlier visit while its destination accepted others, so it is isolated and tried again for `delivery.isolate_after`.',
    fix: 'Look at the answers with `xdr-relay dead-letters show`; something in the row makes the destination fail.',
  },

  // Task queue
  dequeue_limit: {
    rooms: ['queue'],
    meaning:
      'A message was received more often than `queue.dequeue_limit` without success and went to the poison queue; the sweep still finds its blob.',
    fix: 'Look in the log for what ended the earlier attempts: most often the process ran out of memory.',
  },
  message_malformed: {
    rooms: ['queue'],
    meaning:
      'A message in the task queue is neither a task nor an Event Grid event, and went to the poison queue.',
    fix: 'Let nothing but the relay and Event Grid write to the queue.',
  },
  message_newer: {
    rooms: ['queue'],
    meaning:
      'A newer version of the relay made this task; it stays on the queue for a consumer that understands it.',
    fix: 'Finish the update of all consumers.',
  },
  message_not_json: {
    rooms: ['queue'],
    meaning: 'A message in the task queue is not JSON, and went to the poison queue.',
    fix: 'Let nothing but the relay and Event Grid write to the queue.',
  },
  queue_message_lost: {
    rooms: ['queue'],
    meaning:
      'The message of a task became visible to other consumers before the task ended; the claim on the blob still keeps them apart.',
    fix: 'Nothing when it is rare; otherwise raise `queue.visibility`.',
  },
  queue_message_too_large: {
    rooms: ['queue'],
    meaning: 'A task is larger than a message of the queue may be.',
    fix: 'Report it: tasks that the relay makes are far below the limit.',
  },
  queue_unavailable: {
    rooms: ['queue', 'events'],
    meaning:
      'The task queue does not answer or refuses; tasks are tried again, and notifications are answered with 503 so that Event Grid repeats them.',
    fix: 'Check the status of Azure, and that the identity has the role Storage Queue Data Contributor.',
  },

  // Notifications and the endpoint
  body_unreadable: {
    rooms: ['events'],
    meaning:
      'The body of a request broke off or took too long; it is answered with 503 so that Event Grid repeats it.',
    fix: 'If it persists, look at the proxy in front of the relay.',
  },
  internal_error: {
    rooms: ['events', 'console'],
    meaning: 'A request failed for a reason of our own; the log line has the error.',
    fix: 'Report it with its log line.',
  },
  key_missing: {
    rooms: ['events'],
    meaning: 'A request to the endpoint carries no key.',
    fix: "Put `?code=<key>` into the address of the Event Grid subscription; where it is not Event Grid's request, ignore it.",
  },
  key_wrong: {
    rooms: ['events'],
    meaning: 'A request to the endpoint carries a key that is not in `server.keys`.',
    fix: 'After a change of keys, update the subscription; keep the old key listed until it has the new one.',
  },
  failed: {
    rooms: ['events'],
    meaning: 'A check of `/readyz` failed with an error that may hold a secret and is therefore not shown.',
    fix: 'Read the log line `Not ready`.',
  },
  method_not_allowed: {
    rooms: ['events', 'console'],
    meaning: 'A request to `/events` uses a method other than POST and OPTIONS.',
    fix: 'Nothing: Event Grid does not do this.',
  },
  no_keys: {
    rooms: ['events'],
    meaning: 'The endpoint has no keys and accepts no tokens, and therefore takes no notifications.',
    fix: 'List a key under `server.keys` in relay.yaml, or set `server.entra`.',
  },
  notification_malformed: {
    rooms: ['events'],
    meaning:
      'An event has neither the Event Grid schema nor that of CloudEvents 1.0; the good ones of its batch were taken.',
    fix: 'Set the schema of the subscription to one of these two, without a custom mapping.',
  },
  notification_not_json: {
    rooms: ['events'],
    meaning: 'The body of a notification is not JSON in UTF-8.',
    fix: 'Find out who sends it, or what changes it on the way: Event Grid sends JSON.',
  },
  origin_not_allowed: {
    rooms: ['events'],
    meaning:
      "The origin of a CloudEvents handshake is not one of Event Grid's and not in `server.allowed_origins`.",
    fix: 'Add the origin to `server.allowed_origins` if it is meant to subscribe.',
  },
  forbidden: {
    rooms: ['events'],
    meaning: "The endpoint answered 403: the request's token is valid, but not Event Grid's.",
    fix: 'The log says what the token lacks, with the reason `token_not_allowed`.',
  },
  token_keys_unavailable: {
    rooms: ['events'],
    meaning:
      'The keys that check tokens could not be fetched from Entra ID, or the token is signed with a key that they do not have yet; Event Grid sends the notification again.',
    fix: 'Let the relay reach Entra ID (`https://login.microsoftonline.com`, or the address of its cloud).',
  },
  token_missing: {
    rooms: ['events'],
    meaning: 'A notification carries no token of Entra ID.',
    fix: 'Set the tenant and the application of the webhook on the event subscription: docs/event-grid.md.',
  },
  token_not_allowed: {
    rooms: ['events'],
    meaning:
      'A token of the right tenant was issued to another application than Event Grid (`why: application`), or has no role (`why: role`).',
    fix: 'Give Event Grid’s service principal the role `AzureEventGridSecureWebhookSubscriber` of the webhook’s application; compare `server.entra.client_id` with what the log shows as `got`.',
  },
  token_wrong: {
    rooms: ['events'],
    meaning:
      'A token is not signed by Entra ID, is expired, or was issued by another tenant or for another application; the log says which as `why`.',
    fix: 'Compare `tenant_id` and `audience` under `server.entra` with the event subscription; what the token says is in the log as `got`.',
  },
  too_many_events: {
    rooms: ['events'],
    meaning: 'A notification holds more events than Event Grid puts into one request.',
    fix: 'Find out who sends it: the sweep finds the blobs in any case.',
  },
  unauthorized: {
    rooms: ['events'],
    meaning: 'The endpoint answered 401: the request carries no key or token, or a wrong one.',
    fix: 'Use a key of `server.keys`, or a token as `server.entra` asks for; the log says what was wrong.',
  },
  unsupported_media_type: {
    rooms: ['events', 'console'],
    meaning: 'The request is compressed, is not in UTF-8, or has a content type other than JSON.',
    fix: 'Let nothing between Event Grid and the relay change requests.',
  },
  validation_code_missing: {
    rooms: ['events'],
    meaning: 'A validation request of Event Grid carries no `validationCode`.',
    fix: 'Create the subscription again; Event Grid always sends the code.',
  },

  // Rows
  corrupt_gzip: {
    rooms: ['rows'],
    meaning: 'The compressed blob is damaged; what follows the damage cannot be read.',
    fix: 'Restore the blob if you can: a new blob under the same name is read from the beginning.',
  },
  no_category: {
    rooms: ['rows'],
    meaning: 'The row has no `category`, so its table is not known; it is a dead letter.',
    fix: 'Check what writes to the container: every row of Defender XDR has one.',
  },
  no_properties: {
    rooms: ['rows'],
    meaning: 'The row has no object `properties`, where the columns are; it is a dead letter.',
    fix: 'Check what writes to the container: every row of Defender XDR has one.',
  },
  not_an_object: {
    rooms: ['rows'],
    meaning: 'The row is JSON but not an object; it is a dead letter.',
    fix: 'Check what writes to the container.',
  },
  not_json: {
    rooms: ['rows'],
    meaning: 'The row is not JSON; it is a dead letter, with its bytes.',
    fix: 'Look at it with `xdr-relay dead-letters show`, and check what writes to the container.',
  },
  row_too_large: {
    rooms: ['rows'],
    meaning: 'The row is longer than `limits.row`; it is a dead letter, cut.',
    fix: 'Raise `limits.row` if such rows are legitimate, and redrive them.',
  },
  too_deep: {
    rooms: ['rows'],
    meaning: 'The row nests deeper than 128 levels; it is a dead letter.',
    fix: 'Check what writes to the container: telemetry does not nest like this.',
  },
  too_many_values: {
    rooms: ['rows'],
    meaning: 'The row has more than 50,000 members and elements; it is a dead letter.',
    fix: 'Check what writes to the container: telemetry does not look like this.',
  },
  truncated_gzip: {
    rooms: ['rows'],
    meaning: 'The compressed blob ends too early; its last piece of a row is a dead letter.',
    fix: 'Restore the blob if you can: a new blob under the same name is read from the beginning.',
  },

  // Destinations
  acknowledgement_lost: {
    rooms: ['destinations'],
    meaning:
      'It is unknown which indexer has a batch, because the indexer restarted, a request on the same data channel had no reply, or the load balancer is not sticky; the batch is sent again and may arrive twice.',
    fix: 'Nothing if it is rare; else make the load balancer sticky, by cookie or by the header `X-Splunk-Request-Channel`.',
  },
  acknowledgement_off: {
    rooms: ['destinations'],
    meaning: 'relay.yaml asks for indexer acknowledgement, but the HEC token does not have it; rows wait.',
    fix: 'Enable indexer acknowledgement for the token in Splunk, or set `acknowledgement: false`.',
  },
  address_refused: {
    rooms: ['destinations'],
    meaning:
      'The address of a destination is not on the public internet and not in `allow_networks`; rows wait.',
    fix: "Add the destination's network to `allow_networks` if the relay should reach it.",
  },
  bad_certificate: {
    rooms: ['destinations'],
    meaning:
      "The TLS certificate of a destination is not trusted, has expired, or is another host's; rows wait.",
    fix: 'Renew the certificate, or make its authority known with NODE_EXTRA_CA_CERTS.',
  },
  bad_network: {
    rooms: ['destinations'],
    meaning: 'An entry of `allow_networks` is neither a CIDR block nor an address.',
    fix: 'Write it like `10.20.0.0/16`.',
  },
  bad_port: {
    rooms: ['destinations'],
    meaning:
      'The port of a destination is one that the fetch standard forbids, such as 25 or 6000; rows wait.',
    fix: 'Let the destination listen on another port.',
  },
  archive_damaged: {
    rooms: ['destinations'],
    meaning:
      'A block of an archive is not as the relay wrote it, so it cannot be known which rows are in it, and none that may be in it are added.',
    fix: 'Copy the blob that the message names to another container and delete it: the relay makes a new one of the rows that waited, and the copy keeps the others.',
  },
  bad_reply: {
    rooms: ['destinations'],
    meaning:
      'A destination answered 2xx, but not in its own words, so nobody knows whether it has the batch; it is sent again.',
    fix: 'Check that the url leads to the product and not to a proxy, a login page or another path.',
  },
  busy: {
    rooms: ['destinations', 'events', 'console'],
    meaning:
      'Splunk is busy, unhealthy, or its queues are full; the batch is sent again; in an answer of the console, other requests are being answered, on Workers also one for the same answer.',
    fix: 'If it persists, add indexers or HEC capacity.',
  },
  no_sockets: {
    rooms: ['destinations'],
    meaning:
      'A destination needs connections of its own, or asks for a proxy or for certificates, on a host that opens no connections by itself, such as Workers; rows wait.',
    fix: 'Remove `proxy` and `tls` from the destination, use what the message names in place of its type, or run the relay on Node.',
  },
  proxy_refused: {
    rooms: ['destinations'],
    meaning: 'The proxy on the way to a destination does not let the relay through; rows wait.',
    fix: 'Have the proxy allow the address in the message, and check `proxy.username` and `proxy.password`, or HTTPS_PROXY.',
  },
  connection_lost: {
    rooms: ['destinations'],
    meaning:
      'The connection ended before the reply was complete; the batch is sent again and may arrive twice.',
    fix: 'If it persists, check proxies and load balancers for idle time-outs and size limits.',
  },
  hec_1: {
    rooms: ['destinations'],
    meaning: 'HEC code 1: the token is disabled; rows wait.',
    fix: 'Enable the token in Splunk.',
  },
  hec_2: {
    rooms: ['destinations'],
    meaning: 'HEC code 2: the request carries no token; rows wait.',
    fix: 'Check that no proxy removes the header `Authorization`.',
  },
  hec_3: {
    rooms: ['destinations'],
    meaning: 'HEC code 3: the authorization is invalid; rows wait.',
    fix: 'Check that no proxy changes the header `Authorization`.',
  },
  hec_4: {
    rooms: ['destinations'],
    meaning: 'HEC code 4: Splunk does not know the token; rows wait.',
    fix: 'Set the `token` of the destination to one of this Splunk.',
  },
  hec_5: {
    rooms: ['destinations'],
    meaning: 'HEC code 5: no data in the request; the row is treated as refused.',
    fix: 'Check whether a proxy removes the body; redrive the dead letters afterwards.',
  },
  hec_6: {
    rooms: ['destinations'],
    meaning: 'HEC code 6: the format of an event is invalid; the row is treated as refused.',
    fix: 'Look at the row with `xdr-relay dead-letters show`.',
  },
  hec_10: {
    rooms: ['destinations'],
    meaning: 'HEC code 10: the data channel is missing; rows wait.',
    fix: 'Set `acknowledgement: true`, since the token has indexer acknowledgement enabled.',
  },
  hec_11: {
    rooms: ['destinations'],
    meaning: 'HEC code 11: the indexer does not know the data channel; every new attempt uses a new one.',
    fix: 'Make the load balancer sticky, by cookie or by the header `X-Splunk-Request-Channel`.',
  },
  hec_12: {
    rooms: ['destinations'],
    meaning: 'HEC code 12: the field `event` is missing; the row is treated as refused.',
    fix: 'Look at the row with `xdr-relay dead-letters show`.',
  },
  hec_13: {
    rooms: ['destinations'],
    meaning: 'HEC code 13: the field `event` is blank; the row is treated as refused.',
    fix: 'Check whether a transform removes all columns of the row.',
  },
  hec_14: {
    rooms: ['destinations'],
    meaning: 'HEC code 14: indexer acknowledgement is disabled; rows wait.',
    fix: 'Enable it for the token in Splunk, or set `acknowledgement: false`.',
  },
  hec_15: {
    rooms: ['destinations'],
    meaning:
      'HEC code 15: Splunk cannot handle the indexed fields of an event; the row is treated as refused.',
    fix: 'Look at the row with `xdr-relay dead-letters show`.',
  },
  hec_16: {
    rooms: ['destinations'],
    meaning: 'HEC code 16: query-string authorization is not enabled; rows wait.',
    fix: 'Take the token out of the url and set `token` instead.',
  },
  hec_21: {
    rooms: ['destinations'],
    meaning: 'HEC code 21: the token is invalid; rows wait.',
    fix: 'Set the `token` of the destination to one of this Splunk.',
  },
  hec_22: {
    rooms: ['destinations'],
    meaning: 'HEC code 22: the token is disabled; rows wait.',
    fix: 'Enable the token in Splunk.',
  },
  incorrect_index: {
    rooms: ['destinations'],
    meaning: 'HEC code 7: the index does not exist, or the token may not write to it; rows wait.',
    fix: 'Create the index, allow it for the token, or correct `index` in relay.yaml.',
  },
  lane_stopped: {
    rooms: ['destinations'],
    meaning:
      'A visit ended before its lane did, so the lane stopped between two requests; a later visit continues there.',
    fix: 'Nothing.',
  },
  no_files: {
    rooms: ['destinations', 'worker'],
    meaning: 'A destination that writes to a file is configured on a host that has no files.',
    fix: 'Use another destination on Cloudflare Workers.',
  },
  not_acknowledged: {
    rooms: ['destinations'],
    meaning:
      'Splunk took a batch, but its indexers did not acknowledge it in time; it is sent again and may arrive twice.',
    fix: 'Check the load of the indexers; raise `acknowledgement_timeout` if they need longer.',
  },
  not_authorized: {
    rooms: ['destinations'],
    meaning:
      'A destination answered 401 or 403, or refused the sign-in or the topic; rows wait, or are isolated if it accepts others.',
    fix: 'Correct the credentials in relay.yaml, or let the firewall in front of the destination pass the relay.',
  },
  not_found: {
    rooms: ['destinations', 'events', 'console'],
    meaning:
      'A destination answered 404 or 410, or that its webhook, channel, team or topic does not exist, and rows wait; in an answer of the relay, the path does not exist.',
    fix: 'Correct the url of the destination, or create the webhook or the topic.',
  },
  redirected: {
    rooms: ['destinations'],
    meaning: 'A destination answered with a redirect, which the relay does not follow; rows wait.',
    fix: 'Set the url to the address that it redirects to.',
  },
  refused: {
    rooms: ['destinations'],
    meaning:
      'A destination, or a proxy in front of it, refused the request in a way that says nothing about the rows; they wait.',
    fix: 'Read the reply in the message; check the url and what is in front of the destination.',
  },
  refuses_all_rows: {
    rooms: ['destinations'],
    meaning:
      'A destination refuses every row it is sent, so the cause is taken to be the destination and not the rows; they wait.',
    fix: 'Read the reply in the message; most often the destination expects another format.',
  },
  rows_refused: {
    rooms: ['destinations'],
    meaning: 'A destination answered 400 or 422, or in its own words that it does not take this row.',
    fix: 'Look at the row with `xdr-relay dead-letters show`, fix the cause, and redrive it.',
  },
  server_error: {
    rooms: ['destinations'],
    meaning:
      'A destination answered 408, 425 or 5xx, or with an error of its protocol that passes; the batch is sent again.',
    fix: "If it persists, look at the destination's own log.",
  },
  throttled: {
    rooms: ['destinations'],
    meaning:
      'A destination asked for fewer requests (429); the relay waits as long as it asks, up to `delivery.retry_after_max`.',
    fix: 'If it persists, raise the limit at the destination, or send it less.',
  },
  timeout: {
    rooms: ['destinations', 'azure', 'events', 'console'],
    meaning:
      'A destination, a listing of the sweep, or a check of `/readyz` did not finish in time; it is tried again.',
    fix: "If it persists, look at what is slow; `timeout` in relay.yaml is a destination's.",
  },
  too_large: {
    rooms: ['destinations', 'events', 'console'],
    meaning:
      'A destination answered 413 to a row, or takes no message as large as it, or a notification is larger than `server.body_limit`.',
    fix: 'Raise the limit at the destination or the proxy in front of it and redrive the row; for notifications, raise `server.body_limit`.',
  },
  alerts_not_stored: {
    rooms: ['destinations'],
    meaning:
      'Alerts for people could not be written to the state container, where they wait to be said; their rows wait.',
    fix: 'Check that the storage account of the state can be reached; if the message names a conflict, that is over by itself.',
  },
  destination_fault: {
    rooms: ['destinations'],
    meaning:
      "The relay's own code for a destination failed on a row, which is a fault of the relay; the row waits, or is isolated, and other destinations go on.",
    fix: 'Report it with its log line, which has the stack, and update the relay once it is fixed; leaving the row out by a filter lets the rows behind it pass.',
  },
  unreachable: {
    rooms: ['destinations'],
    meaning: 'The name of a destination does not resolve, or no connection can be made; rows wait.',
    fix: 'Check DNS, the firewall, and that the destination runs.',
  },
  write_failed: {
    rooms: ['destinations'],
    meaning:
      'The file of a destination cannot be written at the moment, for example because the disk is full; rows wait.',
    fix: 'Free space on the disk.',
  },

  // Rules
  rules_container_unreadable: {
    rooms: ['rules'],
    meaning:
      'The container of the rules (`transforms_container`) does not exist, or the relay may not read it; the set in force stays in force, a start goes on with the last good one, and waits where none was ever kept.',
    fix: 'Create the container or assign the role, see the message; it is looked at again by itself.',
  },
  rules_emptied: {
    rooms: ['rules'],
    meaning:
      'The folder or the container of the rules, or one of several folders, has not a single rule file left, though rules of it were in force; they stay in force.',
    fix: 'Put the files back, or take the one folder of several out of `transforms`; or, to go without rules on purpose, leave one file, such as a DeviceEvents.yaml with the line `table: DeviceEvents`.',
  },
  rules_file_unreadable: {
    rooms: ['rules'],
    meaning: 'A rule file or folder cannot be read, is too large, or is not UTF-8.',
    fix: 'Correct the permissions or the file; the rules in force stay until then.',
  },
  rule_file_unknown: {
    rooms: ['rules'],
    meaning: 'The console was asked for a rule file that the set does not have, or that has no text.',
    fix: 'Look at the list of files again: another set may be in force by now.',
  },
  rules_folder_missing: {
    rooms: ['rules'],
    meaning: 'The folder of the rules does not exist.',
    fix: 'Create it (before the first rules it may be empty), or correct the path in relay.yaml.',
  },
  rules_folder_too_large: {
    rooms: ['rules'],
    meaning: 'The folder of the rules has more than 20,000 files, 128 MiB or 16 levels.',
    fix: 'Name a folder that holds rules only.',
  },
  rules_invalid: {
    rooms: ['rules'],
    meaning: 'The rules have errors, and are not used; the set in force stays in force.',
    fix: 'Run `xdr-relay rules check` and correct what it lists.',
  },
  rules_held: {
    rooms: ['rules'],
    meaning:
      'The rules that were found have errors, and the last good ones, kept in the state, cannot be used either; no row is judged meanwhile, all wait in their blobs.',
    fix: 'Correct what is listed, the rules are looked at again by themselves; or go back to the version of the relay, or the relay.yaml, that the last good rules worked with.',
  },
  rules_kept_unreadable: {
    rooms: ['rules'],
    meaning: 'The last good rules, kept in the state container, are damaged or incomplete.',
    fix: 'Correct the rules: the next good ones are kept in their place.',
  },
  rules_missing: {
    rooms: ['rules'],
    meaning: 'No rule set was loaded yet, so no row can be judged.',
    fix: 'Look in the log for why the rules cannot be read.',
  },
  rules_too_large: {
    rooms: ['rules'],
    meaning:
      'The rules in the container are larger than the relay loads, or than it keeps for a start with broken ones.',
    fix: 'Remove from the container or the folder what is not a rule.',
  },

  // Console
  login_needed: {
    rooms: ['console'],
    meaning:
      'A request to the console has no session, or one that has ended or was revoked by a change of relay.yaml.',
    fix: 'Log in again.',
  },
  login_refused: {
    rooms: ['console'],
    meaning: 'The key of a login to the console is none of `console.login.keys`.',
    fix: 'Type the key again; many of these from one address are somebody who tries keys.',
  },
  login_failed: {
    rooms: ['console'],
    meaning:
      'A login with Entra ID failed: the person broke it off, Entra ID did not take the code or the client secret, or its token is not for this console.',
    fix: 'The log line `Login failed` says why, with the number that Entra ID gives (`AADSTS…`): docs/console.md lists the usual ones.',
  },
  login_unavailable: {
    rooms: ['console'],
    meaning: 'A login failed because Entra ID did not answer, or did not give its signing keys.',
    fix: 'Let the relay reach Entra ID (`https://login.microsoftonline.com`, or the address of its cloud), and try again.',
  },
  login_expired: {
    rooms: ['console'],
    meaning:
      'A login with Entra ID took longer than ten minutes, was begun in another browser, or was used before.',
    fix: 'Begin the login again.',
  },
  login_no_role: {
    rooms: ['console'],
    meaning:
      'Entra ID knows the person, but none of the groups and app roles in the token has a role in `console.login.entra`.',
    fix: 'Add the person to a group under `viewers` or `operators`, or assign an app role; the token must hold groups: docs/console.md.',
  },
  login_too_many_groups: {
    rooms: ['console'],
    meaning: 'The person is in more groups than a token of Entra ID holds, so that it holds none.',
    fix: "Set the app registration's groups claim to *Groups assigned to the application*, or use the app roles `viewer` and `operator`.",
  },
  role_needed: {
    rooms: ['console'],
    meaning: 'A viewer asked for what only operators may do or see.',
    fix: 'Ask an operator, or for the role.',
  },
  host_refused: {
    rooms: ['console'],
    meaning:
      'A request to the console names a host that is not its own, or came through a proxy although there is no login: it may be an attack by DNS rebinding.',
    fix: 'Open `http://localhost:8030/console/` on the machine itself, or set `console.login` and `console.public_url`.',
  },
  cross_site: {
    rooms: ['console'],
    meaning: 'A request to the console was made by the page of another site, or without the header `Origin`.',
    fix: 'Where it was the console itself: a proxy changes `Host` or `Origin`; set `console.public_url`.',
  },
  too_many_requests: {
    rooms: ['console'],
    meaning: 'Somebody logs in or changes things too often.',
    fix: 'Wait for the time that `Retry-After` says.',
  },
  request_invalid: {
    rooms: ['console'],
    meaning: 'The query or the body of a request to the console is not what the address takes.',
    fix: 'Load the page again: it may be of an older version.',
  },
  console_not_built: {
    rooms: ['console'],
    meaning: 'The pages of the console are not in this installation, so that only its API answers.',
    fix: 'In a clone, run `npm run build:console`; install a package or an image again.',
  },

  // Cloudflare Workers
  budget_used: {
    rooms: ['worker'],
    meaning: 'The Worker invocation has nearly used up its subrequests, and stops; a later one continues.',
    fix: 'Nothing: if the lag grows, use a plan with more subrequests, or run the relay on Node.',
  },
  credential_refused: {
    rooms: ['worker'],
    meaning: 'Entra ID does not accept the identity of the Worker.',
    fix: 'Look up the AADSTS number in the message; check tenant, client and the federated credential.',
  },
  credential_unavailable: {
    rooms: ['worker'],
    meaning: 'Entra ID does not answer or has no token for now; it is asked again.',
    fix: 'Check the status of Entra ID if it persists.',
  },
  federation_key_invalid: {
    rooms: ['worker'],
    meaning: '`AZURE_FEDERATED_KEY` is not a private RSA key in the form of a JSON Web Key with a `kid`.',
    fix: 'Create it with `node deploy/cloudflare/federation-key.ts`, and store it as a secret of the Worker.',
  },
  not_configured: {
    rooms: ['worker'],
    meaning: 'The Worker cannot use its configuration and answers 503; messages wait in the queue.',
    fix: 'Read the log: it says which setting is missing or invalid.',
  },
  queue_not_used: {
    rooms: ['worker'],
    meaning:
      'The Worker received messages of a Cloudflare queue, though `XDR_RELAY_QUEUE` says that Azure has the queue.',
    fix: 'Remove the queue consumer from wrangler.toml, or change `XDR_RELAY_QUEUE`.',
  },
  worker_settings_invalid: {
    rooms: ['worker'],
    meaning: 'Variables of the Worker are missing or have no valid value.',
    fix: 'Set the variables that the message names.',
  },
} as const satisfies Readonly<Record<string, ErrorCodeEntry>>;

/** An error code of ours. */
export type ErrorCode = keyof typeof errorCodes;

/** The codes that a room uses. */
export type CodeOf<R extends Room> = {
  [C in ErrorCode]: R extends (typeof errorCodes)[C]['rooms'][number] ? C : never;
}[ErrorCode];

/** Whether a string is a code of this version: for what was stored, perhaps by another version. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(errorCodes, text);
}
