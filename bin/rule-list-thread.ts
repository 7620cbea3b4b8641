/** The thread of `xdr-relay serve` that compiles rules for the console's page that lists them. */
import { runRuleListThread } from '../src/hosts/node/rule-list-thread.ts';

runRuleListThread();
