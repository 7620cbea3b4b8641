// Made by scripts/refresh-shapes.ts; do not edit.
// Source: ocsf/ocsf-schema, tag 1.8.0 (Open Cybersecurity Schema Framework, Apache-2.0): classes, objects, types, ids.

/** The version of OCSF. 1.9.0 is the next step: it deprecates account_change (3001) in favour of user_management (3007). */
export const OCSF_VERSION = '1.8.0';

/** What every class has. See ATTRIBUTE_GRAMMAR in schema.ts. */
export const COMMON_ATTRIBUTES =
  'action%security_control action_id:integer%security_control=0,1,2,3,4,99 activity_name attacks:@attack[]%security_control authorizations:@authorization[]%security_control category_name category_uid:integer!=0 class_name class_uid:integer!=0 cloud:@cloud!%cloud count:integer disposition%security_control disposition_id:integer%security_control=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,99 duration:long end_time:timestamp enrichments:@enrichment[] firewall_rule:@firewall_rule%security_control message metadata:@metadata! observables:@observable[] osint:@osint[]!%osint raw_data raw_data_hash:@fingerprint raw_data_size:long severity severity_id:integer!=0,1,2,3,4,5,6,99 start_time:timestamp status status_code status_detail time:timestamp! timezone_offset:integer type_name type_uid:long! unmapped:@object';

export interface ClassData {
  readonly uid: number;
  readonly category: number;
  readonly caption: string;
  readonly activities: Readonly<Record<string, string>>;
  readonly attributes: string;
}

/** The classes that the mappings use: what each has beside the common attributes. */
export const CLASSES: Readonly<Record<string, ClassData>> = {
  account_change: {
    uid: 3001,
    category: 3,
    caption: 'Account Change',
    activities: {
      '0': 'Unknown',
      '1': 'Create',
      '2': 'Enable',
      '3': 'Password Change',
      '4': 'Password Reset',
      '5': 'Disable',
      '6': 'Delete',
      '7': 'Attach Policy',
      '8': 'Detach Policy',
      '9': 'Lock',
      '10': 'MFA Factor Enable',
      '11': 'MFA Factor Disable',
      '12': 'Unlock',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,5,6,7,8,9,10,11,12,99 actor:@actor api:@api%cloud auth_factors:@auth_factor[] confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device%host http_request:@http_request http_response:@http_response is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policies:@policy[] policy:@policy risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control src_endpoint:@network_endpoint status_id:integer=0,1,2,99 user:@user! user_result:@user',
  },
  api_activity: {
    uid: 6003,
    category: 6,
    caption: 'API Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Create',
      '2': 'Read',
      '3': 'Update',
      '4': 'Delete',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,99 actor:@actor! ai_model:@ai_model%ai_operation api:@api! confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device%host dst_endpoint:@network_endpoint http_request:@http_request http_response:@http_response is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control message_context:@message_context%ai_operation policy:@policy%security_control resources:@resource_details[] risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control src_endpoint:@network_endpoint! status_id:integer=0,1,2,99 trace:@trace%trace',
  },
  authentication: {
    uid: 3002,
    category: 3,
    caption: 'Authentication',
    activities: {
      '0': 'Unknown',
      '1': 'Logon',
      '2': 'Logoff',
      '3': 'Authentication Ticket',
      '4': 'Service Ticket Request',
      '5': 'Service Ticket Renew',
      '6': 'Preauth',
      '7': 'Account Switch',
      '99': 'Other',
    },
    attributes:
      'account_switch_type account_switch_type_id:integer=0,1,2,99 activity_id:integer!=0,1,2,3,4,5,6,7,99 actor:@actor api:@api%cloud auth_factors:@auth_factor[] auth_protocol auth_protocol_id:integer=0,1,2,3,4,5,6,7,8,9,10,11,12,99 authentication_token:@authentication_token certificate:@certificate confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device%host dst_endpoint:@network_endpoint http_request:@http_request http_response:@http_response is_alert:boolean%security_control is_cleartext:boolean is_mfa:boolean is_new_logon:boolean is_remote:boolean logon_process:@process logon_type logon_type_id:integer=0,1,2,3,4,5,7,8,9,10,11,12,13,99 malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control service:@service session:@session src_endpoint:@network_endpoint status_id:integer=0,1,2,99 user:@user! at_least_one(service,dst_endpoint)',
  },
  base_event: {
    uid: 0,
    category: 0,
    caption: 'Base Event',
    activities: {
      '0': 'Unknown',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,99 actor:@actor%host api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device%host is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99',
  },
  datastore_activity: {
    uid: 6005,
    category: 6,
    caption: 'Datastore Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Read',
      '2': 'Update',
      '3': 'Connect',
      '4': 'Query',
      '5': 'Write',
      '6': 'Create',
      '7': 'Delete',
      '8': 'List',
      '9': 'Encrypt',
      '10': 'Decrypt',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,5,6,7,8,9,10,99 actor:@actor! ai_model:@ai_model%ai_operation api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control database:@database databucket:@databucket device:@device%host dst_endpoint:@network_endpoint http_request:@http_request http_response:@http_response is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control message_context:@message_context%ai_operation policy:@policy%security_control query_info:@query_info risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control src_endpoint:@network_endpoint! status_id:integer=0,1,2,99 table:@table type type_id:integer=0,1,2,3,99 at_least_one(database,databucket,table)',
  },
  detection_finding: {
    uid: 2004,
    category: 2,
    caption: 'Detection Finding',
    activities: {
      '0': 'Unknown',
      '1': 'Create',
      '2': 'Update',
      '3': 'Close',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,99 actor:@actor%host anomaly_analyses:@anomaly_analysis[] api:@api%cloud assignee:@user%incident assignee_group:@group%incident comment confidence confidence_id:integer=0,1,2,3,99 confidence_score:integer device:@device evidences:@evidences[] finding_info:@finding_info! impact impact_id:integer=0,1,2,3,4,99 impact_score:integer is_alert:boolean is_suspected_breach:boolean%incident malware:@malware[] malware_scan_info:@malware_scan_info policy:@policy%security_control priority%incident priority_id:integer%incident=0,1,2,3,4,99 remediation:@remediation resources:@resource_details[] risk_details risk_level risk_level_id:integer=0,1,2,3,4,99 risk_score:integer src_url:url%incident status_id:integer=0,1,2,3,4,5,6,99 ticket:@ticket%incident tickets:@ticket[]%incident vendor_attributes:@vendor_attributes verdict%incident verdict_id:integer%incident=0,1,2,3,4,5,6,7,8,9,10,99 vulnerabilities:@vulnerability[]',
  },
  dns_activity: {
    uid: 4003,
    category: 4,
    caption: 'DNS Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Query',
      '2': 'Response',
      '6': 'Traffic',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,6,99 actor:@actor%host answers:@dns_answer[] api:@api%cloud app_name app_protocol_name confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control connection_info:@network_connection_info cumulative_traffic:@network_traffic device:@device%host dst_endpoint:@network_endpoint is_alert:boolean%security_control ja4_fingerprint_list:@ja4_fingerprint[] load_balancer:@load_balancer%load_balancer malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control network_observation_point:@network_endpoint observation_point observation_point_id:integer=0,1,2,3,4,99 packet_list:@packet[] policy:@policy%security_control proxy:@network_proxy proxy_connection_info:@network_connection_info%network_proxy proxy_endpoint:@network_proxy%network_proxy proxy_http_request:@http_request%network_proxy proxy_http_response:@http_response%network_proxy proxy_tls:@tls%network_proxy proxy_traffic:@network_traffic%network_proxy query:@dns_query query_time:timestamp rcode rcode_id:integer=0,1,2,3,4,5,6,7,8,9,10,11,16,17,18,19,20,21,22,23,24,25,99 response_time:timestamp risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control src_endpoint:@network_endpoint status_id:integer=0,1,2,99 tls:@tls traffic:@network_traffic at_least_one(dst_endpoint,src_endpoint)',
  },
  email_activity: {
    uid: 4009,
    category: 4,
    caption: 'Email Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Send',
      '2': 'Receive',
      '3': 'Scan',
      '4': 'Trace',
      '5': 'MTA Relay',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,5,99 actor:@actor%host api:@api%cloud attempt:integer banner command confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device%host direction direction_id:integer!=0,1,2,3,4,99 dst_endpoint:@network_endpoint email:@email! email_auth:@email_auth from:email is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control message_trace_uid policy:@policy%security_control protocol_name risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control smtp_hello src_endpoint:@network_endpoint status_id:integer=0,1,2,99 to:email[]',
  },
  email_url_activity: {
    uid: 4012,
    category: 4,
    caption: 'Email URL Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Send',
      '2': 'Receive',
      '3': 'Scan',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,99 actor:@actor%host api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device%host email_uid! is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99 url:@url!',
  },
  evidence_info: {
    uid: 5040,
    category: 5,
    caption: 'Live Evidence Info',
    activities: {
      '0': 'Unknown',
      '1': 'Query',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,99 actor:@actor%host api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device! is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control query_evidence:@query_evidence! query_info:@query_info query_result query_result_id:integer!=0,1,2,3,4,5,99 risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99',
  },
  file_activity: {
    uid: 1001,
    category: 1,
    caption: 'File System Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Create',
      '2': 'Read',
      '3': 'Update',
      '4': 'Delete',
      '5': 'Rename',
      '6': 'Set Attributes',
      '7': 'Set Security',
      '8': 'Get Attributes',
      '9': 'Get Security',
      '10': 'Encrypt',
      '11': 'Decrypt',
      '12': 'Mount',
      '13': 'Unmount',
      '14': 'Open',
      '99': 'Other',
    },
    attributes:
      'access_mask:integer activity_id:integer!=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,99 actor:@actor! api:@api%cloud component confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control connection_uid create_mask device:@device! file:@file! file_diff file_result:@file is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99',
  },
  group_management: {
    uid: 3006,
    category: 3,
    caption: 'Group Management',
    activities: {
      '0': 'Unknown',
      '1': 'Assign Privileges',
      '2': 'Revoke Privileges',
      '3': 'Add User',
      '4': 'Remove User',
      '5': 'Delete',
      '6': 'Create',
      '7': 'Add Subgroup',
      '8': 'Remove Subgroup',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,5,6,7,8,99 actor:@actor api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device%host group:@group! http_request:@http_request http_response:@http_response is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control privileges[] resource:@resource_details risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control src_endpoint:@network_endpoint status_id:integer=0,1,2,99 subgroup:@group user:@user',
  },
  http_activity: {
    uid: 4002,
    category: 4,
    caption: 'HTTP Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Connect',
      '2': 'Delete',
      '3': 'Get',
      '4': 'Head',
      '5': 'Options',
      '6': 'Post',
      '7': 'Put',
      '8': 'Trace',
      '9': 'Patch',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,5,6,7,8,9,99 actor:@actor%host api:@api%cloud app_name app_protocol_name confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control connection_info:@network_connection_info cumulative_traffic:@network_traffic device:@device%host dst_endpoint:@network_endpoint file:@file http_cookies:@http_cookie[] http_request:@http_request http_response:@http_response http_status:integer is_alert:boolean%security_control ja4_fingerprint_list:@ja4_fingerprint[] load_balancer:@load_balancer%load_balancer malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control network_observation_point:@network_endpoint observation_point observation_point_id:integer=0,1,2,3,4,99 packet_list:@packet[] policy:@policy%security_control proxy:@network_proxy proxy_connection_info:@network_connection_info%network_proxy proxy_endpoint:@network_proxy%network_proxy proxy_http_request:@http_request%network_proxy proxy_http_response:@http_response%network_proxy proxy_tls:@tls%network_proxy proxy_traffic:@network_traffic%network_proxy risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control src_endpoint:@network_endpoint status_id:integer=0,1,2,99 tls:@tls trace:@trace%trace traffic:@network_traffic at_least_one(http_request,http_response)',
  },
  inventory_info: {
    uid: 5001,
    category: 5,
    caption: 'Device Inventory Info',
    activities: {
      '0': 'Unknown',
      '1': 'Log',
      '2': 'Collect',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,99 actor:@actor api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device! is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99',
  },
  memory_activity: {
    uid: 1004,
    category: 1,
    caption: 'Memory Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Allocate Page',
      '2': 'Modify Page',
      '3': 'Delete Page',
      '4': 'Buffer Overflow',
      '5': 'Disable DEP',
      '6': 'Enable DEP',
      '7': 'Read',
      '8': 'Write',
      '9': 'Map View',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,5,6,7,8,9,99 actor:@actor! actual_permissions:integer api:@api%cloud base_address confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device! is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control process:@process! requested_permissions:integer risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control size:long status_id:integer=0,1,2,99',
  },
  module_activity: {
    uid: 1005,
    category: 1,
    caption: 'Module Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Load',
      '2': 'Unload',
      '3': 'Invoke',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,99 actor:@actor! api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device! is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control module:@module! policy:@policy%security_control risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99',
  },
  network_activity: {
    uid: 4001,
    category: 4,
    caption: 'Network Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Open',
      '2': 'Close',
      '3': 'Reset',
      '4': 'Fail',
      '5': 'Refuse',
      '6': 'Traffic',
      '7': 'Listen',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,5,6,7,99 actor:@actor%host api:@api%cloud app_name app_protocol_name confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control connection_info:@network_connection_info cumulative_traffic:@network_traffic device:@device%host dst_endpoint:@network_endpoint is_alert:boolean%security_control is_src_dst_assignment_known:boolean ja4_fingerprint_list:@ja4_fingerprint[] load_balancer:@load_balancer%load_balancer malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control network_observation_point:@network_endpoint observation_point observation_point_id:integer=0,1,2,3,4,99 packet_list:@packet[] policy:@policy%security_control proxy:@network_proxy proxy_connection_info:@network_connection_info%network_proxy proxy_endpoint:@network_proxy%network_proxy proxy_http_request:@http_request%network_proxy proxy_http_response:@http_response%network_proxy proxy_tls:@tls%network_proxy proxy_traffic:@network_traffic%network_proxy risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control src_endpoint:@network_endpoint status_id:integer=0,1,2,99 tls:@tls traffic:@network_traffic url:@url at_least_one(dst_endpoint,src_endpoint)',
  },
  peripheral_activity: {
    uid: 1010,
    category: 1,
    caption: 'Peripheral Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Connect',
      '2': 'Disconnect',
      '3': 'Enable',
      '4': 'Disable',
      '5': 'Eject',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,5,99 actor:@actor! api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device! is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control peripheral_device:@peripheral_device! policy:@policy%security_control risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99',
  },
  process_activity: {
    uid: 1007,
    category: 1,
    caption: 'Process Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Launch',
      '2': 'Terminate',
      '3': 'Open',
      '4': 'Inject',
      '5': 'Set User ID',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,5,99 actor:@actor! actual_permissions:integer ai_model:@ai_model%ai_operation api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device! exit_code:integer injection_type injection_type_id:integer=0,1,2,3,99 is_alert:boolean%security_control launch_type launch_type_id:integer=0,1,2,3,99 malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control message_context:@message_context%ai_operation module:@module policy:@policy%security_control process:@process! requested_permissions:integer risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99',
  },
  registry_key_activity: {
    uid: 201001,
    category: 1,
    caption: 'Registry Key Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Create',
      '2': 'Read',
      '3': 'Modify',
      '4': 'Delete',
      '5': 'Rename',
      '6': 'Set Security',
      '7': 'Restore',
      '8': 'Import',
      '9': 'Export',
      '99': 'Other',
    },
    attributes:
      'access_mask:integer activity_id:integer!=0,1,2,3,4,5,6,7,8,9,99 actor:@actor! api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control create_mask device:@device! is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control open_mask:integer policy:@policy%security_control prev_reg_key:@reg_key reg_key:@reg_key! risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99',
  },
  registry_value_activity: {
    uid: 201002,
    category: 1,
    caption: 'Registry Value Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Get',
      '2': 'Set',
      '3': 'Modify',
      '4': 'Delete',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,99 actor:@actor! api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device! is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control prev_reg_value:@reg_value reg_value:@reg_value! risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99',
  },
  scheduled_job_activity: {
    uid: 1006,
    category: 1,
    caption: 'Scheduled Job Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Create',
      '2': 'Update',
      '3': 'Delete',
      '4': 'Enable',
      '5': 'Disable',
      '6': 'Start',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,5,6,99 actor:@actor api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device! is_alert:boolean%security_control job:@job! malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99',
  },
  script_activity: {
    uid: 1009,
    category: 1,
    caption: 'Script Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Execute',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,99 actor:@actor! api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device! is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control script:@script! status_id:integer=0,1,2,99',
  },
  ssh_activity: {
    uid: 4007,
    category: 4,
    caption: 'SSH Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Open',
      '2': 'Close',
      '3': 'Reset',
      '4': 'Fail',
      '5': 'Refuse',
      '6': 'Traffic',
      '7': 'Listen',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,5,6,7,99 actor:@actor%host api:@api%cloud app_name app_protocol_name auth_type auth_type_id:integer=0,1,2,3,4,5,6,99 client_hassh:@hassh confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control connection_info:@network_connection_info cumulative_traffic:@network_traffic device:@device%host dst_endpoint:@network_endpoint file:@file is_alert:boolean%security_control ja4_fingerprint_list:@ja4_fingerprint[] load_balancer:@load_balancer%load_balancer malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control network_observation_point:@network_endpoint observation_point observation_point_id:integer=0,1,2,3,4,99 packet_list:@packet[] policy:@policy%security_control protocol_ver proxy:@network_proxy proxy_connection_info:@network_connection_info%network_proxy proxy_endpoint:@network_proxy%network_proxy proxy_http_request:@http_request%network_proxy proxy_http_response:@http_response%network_proxy proxy_tls:@tls%network_proxy proxy_traffic:@network_traffic%network_proxy risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control server_hassh:@hassh src_endpoint:@network_endpoint status_id:integer=0,1,2,99 tls:@tls traffic:@network_traffic at_least_one(dst_endpoint,src_endpoint)',
  },
  user_inventory: {
    uid: 5003,
    category: 5,
    caption: 'User Inventory Info',
    activities: {
      '0': 'Unknown',
      '1': 'Log',
      '2': 'Collect',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,99 actor:@actor api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device%host is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99 user:@user!',
  },
  windows_service_activity: {
    uid: 201004,
    category: 1,
    caption: 'Windows Service Activity',
    activities: {
      '0': 'Unknown',
      '1': 'Create',
      '2': 'Reconfigure',
      '3': 'Start',
      '4': 'Stop',
      '5': 'Pause',
      '6': 'Continue',
      '7': 'Delete',
      '99': 'Other',
    },
    attributes:
      'activity_id:integer!=0,1,2,3,4,5,6,7,99 actor:@actor! api:@api%cloud confidence%security_control confidence_id:integer%security_control=0,1,2,3,99 confidence_score:integer%security_control device:@device! is_alert:boolean%security_control malware:@malware[]%security_control malware_scan_info:@malware_scan_info%security_control policy:@policy%security_control risk_details%security_control risk_level%security_control risk_level_id:integer%security_control=0,1,2,3,4,99 risk_score:integer%security_control status_id:integer=0,1,2,99 win_service:@win_service!',
  },
};

/** The objects that these classes use. */
export const OBJECTS: Readonly<Record<string, string>> = {
  actor:
    'app_name app_uid authorizations:@authorization[] idp:@idp invoked_by process:@process session:@session user:@user at_least_one(process,user,invoked_by,session,app_name,app_uid)',
  ai_model: 'ai_provider! name! uid version at_least_one(name,uid)',
  anomaly_analysis: 'analysis_targets:@analysis_target[]! anomalies:@anomaly[]! baselines:@baseline[]',
  api: 'group:@group operation! request:@request response:@response service:@service token:@token version',
  attack:
    'mitigation:@mitigation sub_technique:@sub_technique tactic:@tactic tactics:@tactic[] technique:@technique version at_least_one(tactic,technique,sub_technique)',
  auth_factor:
    'device:@device email_addr:email factor_type factor_type_id:integer!=0,1,2,3,4,5,6,7,8,9,10,11,99 is_hotp:boolean is_totp:boolean phone_number provider security_questions[]',
  authentication_token:
    'created_time:timestamp encryption_details:@encryption_details expiration_time:timestamp is_renewable:boolean kerberos_flags modified_time:timestamp name tenant_uid type type_id:integer=0,1,2,3,4,5,6,7,99 uid zone',
  authorization: 'decision policy:@policy',
  certificate:
    'created_time:timestamp expiration_time:timestamp fingerprints:@fingerprint[] is_self_signed:boolean issuer! sans:@san[] serial_number! subject uid version',
  cloud: 'account:@account cloud_partition org:@organization project_uid provider! region zone',
  database:
    'created_time:timestamp data_classification:@data_classification%data_classification data_classifications:@data_classification[]%data_classification desc embedding_model groups:@group[] modified_time:timestamp name size:long type type_id:integer!=0,1,2,3,4,5,6,7,8,99 uid at_least_one(name,uid)',
  databucket:
    'agent_list:@agent[] cloud_partition%cloud created_time:timestamp criticality data:json data_classification:@data_classification%data_classification data_classifications:@data_classification[]%data_classification desc encryption_details:@encryption_details file:@file group:@group groups:@group[] hostname:hostname ip:ip is_backed_up:boolean is_encrypted:boolean is_public:boolean labels[] modified_time:timestamp name namespace owner:@user region%cloud resource_relationship:@graph size:long tags:@key_value_object[] type type_id:integer!=0,1,2,3,99 uid:resource_uid uid_alt:resource_uid version zone%cloud at_least_one(name,uid)',
  device:
    'agent_list:@agent[] autoscale_uid boot_time:timestamp boot_uid container:@container%container created_time:timestamp desc domain eid first_seen_time:timestamp groups:@group[] hostname:hostname hw_info:@device_hw_info hypervisor iccid image:@image imei imei_list[] instance_uid interface_name interface_uid ip:ip is_backed_up:boolean is_compliant:boolean is_managed:boolean is_mobile_account_active:boolean is_personal:boolean is_shared:boolean is_supervised:boolean is_trusted:boolean last_seen_time:timestamp location:@location mac:mac mac_vendor meid model modified_time:timestamp name namespace_pid:integer%container network_interfaces:@network_interface[] org:@organization os:@os os_machine_uuid:uuid owner:@user pool:@group region risk_level risk_level_id:integer=0,1,2,3,4,99 risk_score:integer subnet:subnet subnet_uid type type_id:integer!=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,99 udid uid uid_alt vendor_name vlan_uid vpc_uid zone at_least_one(ip,uid,name,hostname,instance_uid,interface_uid,interface_name)',
  dns_answer: 'class flag_ids:integer[]=0,1,2,3,4,5,6,99 flags[] packet_uid:integer rdata! ttl:integer type',
  dns_query: 'class hostname:hostname! opcode opcode_id:integer=0,1,2,3,4,5,6,99 packet_uid:integer type',
  email:
    'cc:email[] cc_mailboxes[] data_classification:@data_classification%data_classification data_classifications:@data_classification[]%data_classification delivered_to:email delivered_to_list:email[] files:@file[] from:email from_list:email[] from_mailbox from_mailboxes:email[] http_headers:@http_header[] is_read:boolean message_uid raw_header reply_to:email reply_to_list:email[] reply_to_mailboxes[] return_path:email sender:email sender_mailbox size:long smtp_from:email smtp_to:email[] subject to:email[] to_mailboxes[] uid urls:@url[] x_originating_ip:ip[] at_least_one(from,to)',
  email_auth: 'dkim dkim_domain dkim_signature dmarc dmarc_override dmarc_policy spf',
  enrichment:
    'created_time:timestamp data:json! desc name! provider reputation:@reputation short_desc src_url:url type value!',
  evidences:
    'actor:@actor api:@api connection_info:@network_connection_info container:@container data:json database:@database databucket:@databucket device:@device dst_endpoint:@network_endpoint email:@email file:@file http_request:@http_request http_response:@http_response ja4_fingerprint_list:@ja4_fingerprint[] job:@job name process:@process query:@dns_query reg_key:@reg_key reg_value:@reg_value resources:@resource_details[] script:@script src_endpoint:@network_endpoint tls:@tls uid url:@url user:@user verdict verdict_id:integer=0,1,2,3,4,5,6,7,8,9,10,99 win_service:@win_service at_least_one(actor,api,connection_info,data,database,databucket,device,dst_endpoint,email,file,process,query,src_endpoint,url,user,job,script,reg_key,reg_value,win_service)',
  file: 'accessed_time:timestamp accessor:@user attributes:integer company_name confidentiality confidentiality_id:integer=0,1,2,3,4,5,6,99 created_time:timestamp creator:@user data_classification:@data_classification%data_classification data_classifications:@data_classification[]%data_classification desc drive_type drive_type_id:integer=0,1,2,3,4,5,99 encryption_details:@encryption_details ext hashes:@fingerprint[] imported_symbols[] internal_name is_deleted:boolean is_encrypted:boolean is_public:boolean%cloud is_readonly:boolean is_system:boolean mime_type modified_time:timestamp modifier:@user name:file_name! owner:@user parent_folder path:file_path product:@product security_descriptor signature:@digital_signature signatures:@digital_signature[] size:long storage_class%cloud tags:@key_value_object[] type type_id:integer!=0,1,2,3,4,5,6,7,8,99 uid uri:url url:@url version volume xattributes:@object at_least_one(name,uid)',
  finding_info:
    'analytic:@analytic attack_graph:@graph attacks:@attack[] created_time:timestamp data_sources[] desc first_seen_time:timestamp kill_chain:@kill_chain_phase[] last_seen_time:timestamp modified_time:timestamp product:@product product_uid related_analytics:@analytic[] related_events:@related_event[] related_events_count:integer src_url:url tags:@key_value_object[] title traits:@trait[] types[] uid! uid_alt',
  fingerprint:
    'algorithm algorithm_id:integer!=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,99 value:file_hash!',
  firewall_rule:
    'category condition desc duration:long match_details[] match_location name rate_limit:integer sensitivity type uid version at_least_one(name,uid)',
  group: 'desc domain name privileges[] type uid uid_alt at_least_one(name,uid)',
  hassh: 'algorithm fingerprint:@fingerprint!',
  http_cookie:
    'domain expiration_time:timestamp http_only:boolean is_http_only:boolean is_secure:boolean name! path samesite secure:boolean value!',
  http_request:
    'args body_length:integer http_headers:@http_header[] http_method=CONNECT,DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT,TRACE length:integer referrer uid url:@url user_agent version x_forwarded_for:ip[]',
  http_response:
    'body_length:integer code:integer! content_type http_headers:@http_header[] latency:integer length:integer message status',
  ja4_fingerprint:
    'section_a section_b section_c section_d type type_id:integer!=0,1,2,3,4,5,6,7,8,9,99 value!',
  job: 'cmd_line created_time:timestamp desc file:@file last_run_time:timestamp name! next_run_time:timestamp run_state run_state_id:integer=0,1,2,3,4,99 user:@user',
  load_balancer:
    'classification code:integer dst_endpoint:@network_endpoint endpoint_connections:@endpoint_connection[] error_message ip:ip message metrics:@metric[] name status_detail uid at_least_one(name,uid)',
  malware:
    'classification_ids:integer[]!=0,1,2,3,4,5,6,7,8,9,10,11,13,14,15,16,17,18,19,20,21,22,99 classifications[] cves:@cve[] files:@file[] name num_infected:integer path:file_path provider severity severity_id:integer=0,1,2,3,4,5,6,99 uid at_least_one(name,uid)',
  malware_scan_info:
    'end_time:timestamp name num_files:integer num_infected:integer num_volumes:integer size:long start_time:timestamp type type_id:integer!=0,1,2,3,4,5,6,7,99 uid unique_malware_count:integer at_least_one(name,uid)',
  message_context:
    'ai_role ai_role_id:integer=0,1,2,3,4,5,6,99 application:@application completion_tokens:integer name prompt_tokens:integer service:@service total_tokens:integer uid at_least_one(application,service)',
  metadata:
    'correlation_uid data_classification:@data_classification%data_classification data_classifications:@data_classification[]%data_classification debug[] event_code extension:@extension extensions:@extension[] is_truncated:boolean labels[] log_format log_level log_name log_provider log_source log_version logged_time:timestamp loggers:@logger[] modified_time:timestamp original_event_uid original_time processed_time:timestamp product:@product! profiles[] reporter:@reporter sequence:integer source tags:@key_value_object[] tenant_uid total_queued_duration:@timespan transformation_info_list:@transformation_info[] transmit_time:timestamp type uid untruncated_size:integer version!',
  module:
    'base_address file:@file function_invocation:@function_invocation function_name load_type load_type_id:integer=0,1,2,3,4,5,99 start_address type at_least_one(load_type_id,function_name)',
  network_connection_info:
    'boundary boundary_id:integer=0,1,2,3,4,5,6,7,8,9,10,11,99 community_uid direction direction_id:integer!=0,1,2,3,4,99 flag_history protocol_name protocol_num:integer protocol_ver protocol_ver_id:integer=0,4,6,99 session:@session tcp_flags:integer uid',
  network_endpoint:
    'agent_list:@agent[] autonomous_system:@autonomous_system container:@container%container domain fingerprints:@fingerprint[] hostname:hostname hw_info:@device_hw_info instance_uid interface_name interface_uid intermediate_ips:ip[] ip:ip isp isp_org location:@location mac:mac mac_vendor name namespace_pid:integer%container network_scope network_scope_id:integer=0,1,2,99 os:@os owner:@user pool:@group port:port proxy_endpoint:@network_proxy subnet_uid svc_name type type_id:integer=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,99 uid vlan_uid vpc_uid zone at_least_one(ip,uid,name,hostname,svc_name,instance_uid,interface_uid,interface_name,domain)',
  network_proxy:
    'agent_list:@agent[] autonomous_system:@autonomous_system container:@container%container domain fingerprints:@fingerprint[] hostname:hostname hw_info:@device_hw_info instance_uid interface_name interface_uid intermediate_ips:ip[] ip:ip isp isp_org location:@location mac:mac mac_vendor name namespace_pid:integer%container network_scope network_scope_id:integer=0,1,2,99 os:@os owner:@user pool:@group port:port proxy_endpoint:@network_proxy subnet_uid svc_name type type_id:integer=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,99 uid vlan_uid vpc_uid zone at_least_one(ip,uid,name,hostname,svc_name,instance_uid,interface_uid,interface_name,domain)',
  network_traffic:
    'bytes:long bytes_in:long bytes_missed:long bytes_out:long chunks:long chunks_in:long chunks_out:long end_time:timestamp packets:long packets_in:long packets_out:long start_time:timestamp timespan:@timespan',
  object: '',
  observable: 'event_uid name reputation:@reputation type type_id:integer!=0,99 type_uid:long value',
  osint:
    'answers:@dns_answer[] attacks:@attack[] autonomous_system:@autonomous_system campaign:@campaign category comment confidence confidence_id:integer=0,1,2,3,99 created_time:timestamp creator:@user desc detection_pattern detection_pattern_type detection_pattern_type_id:integer=0,1,2,3,4,5,6,99 email:@email email_auth:@email_auth expiration_time:timestamp external_uid file:@file intrusion_sets[] kill_chain:@kill_chain_phase[] labels[] location:@location malware:@malware[] modified_time:timestamp name references[] related_analytics:@analytic[] reputation:@reputation risk_score:integer script:@script severity severity_id:integer=0,1,2,3,4,5,6,99 signatures:@digital_signature[] src_url:url subdomains[] subnet:subnet threat_actor:@threat_actor tlp=AMBER,AMBER~STRICT,CLEAR,GREEN,RED,WHITE type type_id:integer!=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,99 uid uploaded_time:timestamp value! vendor_name vulnerabilities:@vulnerability[] whois:@whois',
  packet:
    'encoding encoding_id:integer=0,1,2,3,99 end_offset:long format format_id:integer=0,1,2,3,4,5,6,99 sequence_number:long source source_id:integer=0,1,2,3,4,5,6,7,99 start_offset:long value!',
  peripheral_device:
    'class model name! serial_number type type_id:integer=0,1,2,3,4,5,6,7,99 uid vendor_id_list[] vendor_name at_least_one(name,uid)',
  policy: 'data:json desc group:@group is_applied:boolean name type uid version at_least_one(name,type,uid)',
  process:
    'ancestry:@process_entity[] cmd_line container:@container%container cpid:uuid created_time:timestamp environment_variables:@environment_variable[] file:@file hosted_services:@win_service[] integrity integrity_id:integer=0,1,2,3,4,5,6,99 lineage:file_path[] loaded_modules[] name:process_name namespace_pid:integer%container parent_process:@process path pid:integer ptid:long sandbox session:@session terminated_time:timestamp tid:integer uid user:@user working_directory xattributes:@object at_least_one(pid,uid,cpid)',
  query_evidence:
    'connection_info:@network_connection_info file:@file folder:@file group:@group job:@job kernel:@kernel module:@module network_interfaces:@network_interface[] peripheral_device:@peripheral_device process:@process query_type query_type_id:integer!=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,99 reg_key:@reg_key reg_value:@reg_value service:@service session:@session startup_item:@startup_item state tcp_state_id:integer=0,1,2,3,4,5,6,7,8,9,10,11 user:@user users:@user[] just_one(connection_info,file,folder,group,job,kernel,module,network_interfaces,peripheral_device,process,reg_key,reg_value,service,session,startup_item,user)',
  query_info: 'bytes:long data:json name query_string! query_time:timestamp uid at_least_one(name,uid)',
  reg_key: 'is_system:boolean modified_time:timestamp path:reg_key_path! security_descriptor',
  reg_value:
    'data:json is_default:boolean is_system:boolean modified_time:timestamp name! path:reg_key_path! reg_binary_data:bytestring reg_integer_data:long reg_string_data reg_string_list_data[] type type_id:integer=0,1,2,3,4,5,6,7,8,9,10,99',
  remediation: 'cis_controls:@cis_control[] desc! kb_article_list:@kb_article[] kb_articles[] references[]',
  resource_details:
    'agent_list:@agent[] cloud_partition%cloud created_time:timestamp criticality data:json data_classification:@data_classification%data_classification data_classifications:@data_classification[]%data_classification group:@group hostname:hostname ip:ip is_backed_up:boolean labels[] modified_time:timestamp name namespace owner:@user provider%cloud region%cloud resource_relationship:@graph role role_id:integer=0,1,2,3,4,99 tags:@key_value_object[] type uid:resource_uid uid_alt:resource_uid version zone%cloud at_least_one(name,uid)',
  script:
    'file:@file hashes:@fingerprint[] name parent_uid script_content:@long_string! type type_id:integer!=0,1,2,3,4,5,6,7,99 uid',
  service: 'labels[] name tags:@key_value_object[] uid version at_least_one(name,uid)',
  session:
    'count:integer created_time:timestamp credential_uid expiration_reason expiration_time:timestamp is_mfa:boolean is_remote:boolean is_vpn:boolean issuer terminal uid uid_alt uuid:uuid',
  table:
    'created_time:timestamp desc groups:@group[] modified_time:timestamp name size:long uid at_least_one(name,uid)',
  ticket:
    'src_url:url status status_details[] status_id:integer=0,1,2,3,4,5,6,7,8,99 title type type_id:integer=0,1,2,99 uid at_least_one(src_url,uid)',
  tls: 'alert:integer certificate:@certificate certificate_chain[] cipher client_ciphers[] extension_list:@tls_extension[] handshake_dur:integer ja3_hash:@fingerprint ja3s_hash:@fingerprint key_length:integer sans:@san[] server_ciphers[] sni tls_extension_list:@tls_extension[] version!',
  trace: 'duration:long end_time:timestamp flags[] service:@service span:@span start_time:timestamp uid!',
  url: 'categories[] category_ids:integer[]=0,1,3,4,5,6,7,9,11,14,15,16,17,18,20,21,22,23,24,25,26,27,29,30,31,32,33,34,35,36,37,38,40,43,44,45,46,47,49,50,51,52,53,54,55,56,57,58,59,60,61,63,64,65,66,67,68,71,83,84,85,86,87,88,89,90,92,93,95,96,97,98,99,101,102,103,106,107,108,109,110,111,112,113,114,118,121 domain hostname:hostname path port:port query_string resource_type scheme subdomain url_string:url at_least_one(url_string,path)',
  user: 'account:@account credential_uid display_name domain email_addr:email forward_addr:email full_name groups:@group[] has_mfa:boolean ldap_person:@ldap_person name:username org:@organization phone_number programmatic_credentials:@programmatic_credential[] risk_level risk_level_id:integer=0,1,2,3,4,99 risk_score:integer type type_id:integer=0,1,2,3,4,99 uid uid_alt at_least_one(account,name,uid)',
  vendor_attributes: 'severity severity_id:integer=0,1,2,3,4,5,6,99',
  vulnerability:
    'advisory:@advisory affected_code:@affected_code[] affected_packages:@affected_package[] category cve:@cve cwe:@cwe dependency_chain desc exploit_last_seen_time:timestamp exploit_ref_url:url exploit_requirement exploit_type first_seen_time:timestamp fix_available:boolean fix_coverage fix_coverage_id:integer=0,1,2,3,99 is_exploit_available:boolean is_fix_available:boolean kb_article_list:@kb_article[] kb_articles[] last_seen_time:timestamp packages:@package[] references[] related_vulnerabilities[] remediation:@remediation severity title vendor_name just_one(advisory,cve,cwe)',
  win_service:
    'cmd_line hosting_process:@process_entity labels[] load_order_group name! service_category service_category_id:integer=0,1,2,99 service_dependencies[] service_dll_file:@file service_error_control service_error_control_id:integer=0,1,2,3,4,99 service_file:@file service_start_name service_start_type service_start_type_id:integer=0,1,2,3,4,5,99 service_type service_type_id:integer=0,1,2,3,4,99 tags:@key_value_object[] uid version at_least_one(cmd_line,service_category_id,service_dependencies,service_error_control_id,service_start_name,service_start_type_id,service_type_id)',
  account:
    'is_disabled:boolean is_locked:boolean is_on_premises_sync_enabled:boolean labels[] name tags:@key_value_object[] type type_id:integer=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,99 uid at_least_one(name,uid)',
  advisory:
    'avg_timespan:@timespan bulletin classification created_time:timestamp desc install_state install_state_id:integer=0,1,2,3,99 is_superseded:boolean modified_time:timestamp os:@os product:@product references[] related_cves:@cve[] related_cwes:@cwe[] size:long src_url:url title uid!',
  affected_code:
    'end_column:integer end_line:integer file:@file! owner:@user remediation:@remediation rule:@rule start_column:integer start_line:integer',
  affected_package:
    'architecture cpe_name epoch:integer fixed_in_version hash:@fingerprint license license_url:url name! package_manager package_manager_url:url path:file_path purl release remediation:@remediation src_url:url type type_id:integer=0,1,2,99 uid vendor_name version!',
  agent:
    'name policies:@policy[] type type_id:integer=0,1,2,3,4,5,6,7,8,9,99 uid uid_alt vendor_name version at_least_one(uid,name)',
  analysis_target: 'name! type',
  analytic:
    'algorithm category desc name related_analytics:@analytic[] state state_id:integer=0,1,2,3,99 type type_id:integer!=0,1,2,3,4,5,6,7,8,9,10,11,99 uid version at_least_one(name,uid)',
  anomaly: 'observation_parameter! observation_type observations:@observation[]! observed_pattern',
  application:
    'criticality data:json desc group:@group hostname:hostname labels[] name owner:@user region%cloud resource_relationship:@graph risk_level risk_level_id:integer=0,1,2,3,4,99 risk_score:integer sbom:@sbom tags:@key_value_object[] type uid uid_alt url:@url version at_least_one(uid,name)',
  autonomous_system: 'name number:integer at_least_one(number,name)',
  baseline: 'observation_parameter! observation_type observations:@observation[]! observed_pattern',
  campaign: 'name!',
  cis_control: 'desc name! version',
  container:
    'hash:@fingerprint image:@image labels[] name network_driver orchestrator pod_uuid:uuid runtime size:long tag tags:@key_value_object[] uid at_least_one(uid,name)',
  cve: 'created_time:timestamp cvss:@cvss[] cwe:@cwe cwe_uid cwe_url:url desc epss:@epss modified_time:timestamp product:@product references[] related_cwes:@cwe[] title type uid!',
  cwe: 'caption src_url:url uid!',
  data_classification:
    'category category_id:integer=0,1,2,3,4,5,6,99 classifier_details:@classifier_details confidentiality confidentiality_id:integer=0,1,2,3,4,5,6,99 discovery_details:@discovery_details[] policy:@policy size:long src_url:url status status_details[] status_id:integer=0,1,2,3,99 total:integer uid at_least_one(category_id,confidentiality_id)',
  device_hw_info:
    'bios_date bios_manufacturer bios_ver chassis cpu_architecture cpu_architecture_id:integer=0,1,2,3,99 cpu_bits:integer cpu_cores:integer cpu_count:integer cpu_speed:integer cpu_type desktop_display:@display gpu_count:integer gpu_info_list:@gpu_info[] keyboard_info:@keyboard_info ram_size:integer serial_number uuid:uuid vendor_name',
  digital_signature:
    'algorithm algorithm_id:integer!=0,1,2,3,4,99 certificate:@certificate created_time:timestamp developer_uid digest:@fingerprint state state_id:integer=0,1,2,3,4,5,6,7,8,9,10,99',
  encryption_details: 'algorithm algorithm_id:integer=0,1,2,3,4,5,6,99 key_length:integer key_uid type',
  endpoint_connection: 'code:integer network_endpoint:@network_endpoint at_least_one(network_endpoint,code)',
  environment_variable: 'name! value!',
  extension: 'name uid version! at_least_one(name,uid)',
  function_invocation:
    'error parameters:@parameter[] return_value at_least_one(parameters,return_value,error)',
  graph:
    'desc edges:@edge[] is_directed:boolean name nodes:@node[]! query_language query_language_id:integer=0,1,2,3,4,5,6,7,99 type uid at_least_one(name,uid)',
  http_header: 'name! value!',
  idp: 'auth_factors:@auth_factor[] domain fingerprint:@fingerprint has_mfa:boolean issuer name protocol_name scim:@scim sso:@sso state state_id:integer=0,1,2,3,4,99 tenant_uid uid url_string:url at_least_one(name,uid)',
  image: 'labels[] name path:file_path tag tags:@key_value_object[] uid! at_least_one(name,uid)',
  kb_article:
    'avg_timespan:@timespan bulletin classification created_time:timestamp install_state install_state_id:integer=0,1,2,3,99 is_superseded:boolean os:@os product:@product severity size:long src_url:url title uid at_least_one(uid,src_url)',
  kernel: 'is_system:boolean name! path:file_path system_call type type_id:integer!=0,1,2,99',
  key_value_object: 'name! value values[] at_least_one(value,values)',
  kill_chain_phase: 'phase phase_id:integer!=0,1,2,3,4,5,6,7,99',
  ldap_person:
    'cost_center created_time:timestamp deleted_time:timestamp department display_name email_addrs:email[] employee_uid given_name hire_time:timestamp job_title labels[] last_login_time:timestamp ldap_cn ldap_dn leave_time:timestamp location:@location manager:@user modified_time:timestamp office_location phone_number surname tags:@key_value_object[]',
  location:
    'aerial_height city continent coordinates:float[] country desc geodetic_altitude geodetic_vertical_accuracy geohash horizontal_accuracy is_on_premises:boolean isp lat:float long:float postal_code pressure_altitude provider region at_least_one(city,country,postal_code,region)',
  logger:
    'device:@device event_uid is_truncated:boolean log_format log_level log_name log_provider log_version logged_time:timestamp name product:@product transmit_time:timestamp uid untruncated_size:integer version at_least_one(name,uid)',
  long_string: 'is_truncated:boolean untruncated_size:integer value!',
  metric: 'name! value!',
  mitigation: 'countermeasures:@d3fend[] name src_url:url uid at_least_one(name,uid)',
  network_interface:
    'hostname:hostname ip:ip mac:mac name namespace open_ports:@port_info[] subnet_prefix:integer type type_id:integer=0,1,2,3,4,99 uid at_least_one(ip,mac,name,hostname,uid)',
  organization: 'name ou_name ou_uid uid at_least_one(name,uid)',
  os: 'build country cpe_name cpu_bits:integer edition kernel_release lang name! sp_name sp_ver:integer type type_id:integer!=0,99,100,101,200,201,300,301,302,400,401,402 version',
  package:
    'architecture cpe_name epoch:integer hash:@fingerprint license license_url:url name! package_manager package_manager_url:url purl release src_url:url type type_id:integer=0,1,2,99 uid vendor_name version!',
  process_entity:
    'cmd_line cpid:uuid created_time:timestamp name:process_name path pid:integer uid at_least_one(cmd_line,name,path,pid,uid,cpid)',
  product:
    'cpe_name data_classification:@data_classification%data_classification data_classifications:@data_classification[]%data_classification feature:@feature lang name path uid url_string:url vendor_name version at_least_one(name,uid)',
  programmatic_credential: 'last_used_time:timestamp type uid!',
  related_event:
    'attacks:@attack[] count:integer created_time:timestamp desc first_seen_time:timestamp kill_chain:@kill_chain_phase[] last_seen_time:timestamp modified_time:timestamp observables:@observable[] product:@product product_uid severity severity_id:integer=0,1,2,3,4,5,6,99 status tags:@key_value_object[] title traits:@trait[] type type_name type_uid:long uid!',
  reporter: 'hostname:hostname ip:ip name org:@organization uid at_least_one(hostname,ip,name,uid)',
  reputation: 'base_score:float! provider score score_id:integer!=0,1,2,3,4,5,6,7,8,9,10,99',
  request: 'containers:@container[] data:json flags[] uid!',
  response: 'code:integer containers:@container[] data:json error error_message flags[] message',
  san: 'name! type!',
  span: 'duration:long end_time:timestamp! message operation parent_uid service:@service start_time:timestamp! status_code uid!',
  startup_item:
    'driver:@kernel_driver job:@job name! process:@process run_mode_ids:integer[]=0,1,2,3,99 run_modes[] run_state run_state_id:integer=0,1,2,3,4,5,6,7,8,99 start_type start_type_id:integer!=0,1,2,3,4,5,6,7,8,99 type type_id:integer=0,1,2,3,4,5,6,7,8,99 win_service:@win_service just_one(driver,job,process,win_service)',
  sub_technique: 'name src_url:url uid at_least_one(name,uid)',
  tactic: 'name src_url:url uid at_least_one(name,uid)',
  technique: 'name src_url:url uid at_least_one(name,uid)',
  threat_actor: 'name! type type_id:integer=0,1,2,3,4,99',
  timespan:
    'duration:long duration_days:integer duration_hours:integer duration_mins:integer duration_months:integer duration_secs:integer duration_weeks:integer duration_years:integer end_time:timestamp start_time:timestamp type type_id:integer=0,1,2,3,4,5,6,7,8,9,99 at_least_one(duration,duration_days,duration_hours,duration_mins,duration_months,duration_secs,duration_weeks,duration_years,end_time,start_time)',
  tls_extension:
    'data:json type type_id:integer!=0,1,5,10,13,14,15,16,18,19,20,21,41,42,43,44,45,47,48,49,50,51,99',
  token:
    'created_time:timestamp expiration_time:timestamp is_renewable:boolean modified_time:timestamp name tenant_uid type type_id:integer=0,1,2,3,4,5,6,7,99 uid zone',
  trait: 'category name type uid values[] at_least_one(name,uid)',
  transformation_info: 'lang name product:@product time:timestamp uid url_string:url at_least_one(name,uid)',
  whois:
    'autonomous_system:@autonomous_system created_time:timestamp dnssec_status dnssec_status_id:integer=0,1,2,99 domain domain_contacts:@domain_contact[] email_addr:email isp isp_org last_seen_time:timestamp name_servers[] phone_number registrar status subdomains[] subnet:subnet',
  classifier_details: 'name type! uid',
  cvss: 'base_score:float! depth=Base,Environmental,Temporal metrics:@metric[] overall_score:float severity src_url:url vector_string vendor_name version!',
  d3fend:
    'd3f_tactic:@d3f_tactic d3f_technique:@d3f_technique version at_least_one(d3f_tactic,d3f_technique)',
  discovery_details:
    'count:integer occurrence_details:@occurrence_details occurrences:@occurrence_details[] type value',
  display:
    'color_depth:integer physical_height:integer physical_orientation:integer physical_width:integer scale_factor:integer',
  domain_contact:
    'email_addr:email location:@location name phone_number type type_id:integer!=0,1,2,3,4,5,99 uid',
  edge: 'data:json is_directed:boolean name relation source! target! uid at_least_one(name,uid)',
  epss: 'created_time:timestamp percentile:float score! version',
  feature: 'name uid version at_least_one(name,uid)',
  gpu_info:
    'bus_type bus_type_id:integer=0,1,2,3,4,5,6,7,99 cores:integer model vendor_name vram_mode vram_mode_id:integer=0,1,2,99 vram_size:integer',
  kernel_driver: 'file:@file!',
  keyboard_info: 'function_keys:integer ime keyboard_layout keyboard_subtype:integer keyboard_type',
  node: 'data:json desc name type uid!',
  observation: 'count:integer timespan:@timespan value!',
  parameter: 'name post_value pre_value at_least_one(name,pre_value,post_value)',
  port_info: 'port:port! protocol_name protocol_num:integer',
  rule: 'category desc name type uid version at_least_one(name,uid)',
  sbom: 'created_time:timestamp package:@package! product:@product software_components:@software_component[]! type type_id:integer=0,1,2,3,99 uid version',
  scim: 'auth_protocol auth_protocol_id:integer=0,1,2,3,4,5,6,7,8,9,10,11,12,99 created_time:timestamp error_message is_group_provisioning_enabled:boolean is_user_provisioning_enabled:boolean last_run_time:timestamp modified_time:timestamp name protocol_name rate_limit:integer scim_group_schema:json scim_user_schema:json state state_id:integer=0,1,2,3,4,99 uid uid_alt url_string:url vendor_name version',
  sso: 'auth_protocol auth_protocol_id:integer=0,1,2,3,4,5,6,7,8,9,10,11,12,99 certificate:@certificate created_time:timestamp duration_mins:integer idle_timeout:integer login_endpoint:url logout_endpoint:url metadata_endpoint:url modified_time:timestamp name protocol_name scopes[] uid vendor_name',
  d3f_tactic: 'name src_url:url uid at_least_one(name,uid)',
  d3f_technique: 'name src_url:url uid at_least_one(name,uid)',
  occurrence_details:
    'cell_name column_name column_number:integer end_line:integer json_path page_number:integer record_index_in_array:integer row_number:integer start_line:integer at_least_one(cell_name,column_name,column_number,end_line,json_path,page_number,record_index_in_array,row_number,start_line)',
  software_component:
    'author hash:@fingerprint license name! purl related_component relationship relationship_id:integer=0,1,99 type type_id:integer=0,1,2,3,99 version!',
};

export interface TypeData {
  readonly type?: string;
  /** UTF-16 units. */
  readonly maxLength?: number;
  readonly range?: readonly number[];
}

/** The scalar types that these objects use. */
export const TYPES: Readonly<Record<string, TypeData>> = {
  boolean: {},
  bytestring: {
    type: 'string',
  },
  datetime: {
    type: 'string',
  },
  email: {
    type: 'string',
  },
  file_hash: {
    type: 'string',
  },
  file_name: {
    type: 'string',
  },
  file_path: {
    type: 'string',
  },
  float: {},
  hostname: {
    type: 'string',
  },
  integer: {},
  ip: {
    type: 'string',
    maxLength: 40,
  },
  json: {},
  long: {},
  mac: {
    type: 'string',
    maxLength: 32,
  },
  port: {
    type: 'integer',
    range: [0, 65535],
  },
  process_name: {
    type: 'string',
  },
  resource_uid: {
    type: 'string',
  },
  string: {},
  subnet: {
    type: 'string',
    maxLength: 42,
  },
  timestamp: {
    type: 'long',
  },
  url: {
    type: 'string',
  },
  username: {
    type: 'string',
  },
  uuid: {
    type: 'string',
  },
  reg_key_path: {
    type: 'string',
  },
};
